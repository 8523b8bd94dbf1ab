/** A value, and when a node's kernel may have held it, in ms: `from` when it was sent, `until` when its successor was known to be there. */
export type Span<T> = { readonly value: T; readonly from: number; readonly until: number };

/**
 * What one object was, and may still have been to the node's kernel, at any time.
 *
 * A change is recorded before it is sent, and its predecessor holds until somebody knows that the kernel has the change. So
 * no moment is missed at which either may have been true, however long the change was on its way.
 */
export class History<T> {
  #spans: readonly Span<T>[];

  constructor(value: T) {
    this.#spans = [{ value, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }];
  }

  /** The value that was sent last. */
  get latest(): T {
    const last = this.#spans.at(-1);
    if (last === undefined) throw new Error("a history is never empty");
    return last.value;
  }

  /** To be called before the value is sent. */
  record(value: T, at: number): void {
    this.#spans = [...this.#spans, { value, from: at, until: Number.POSITIVE_INFINITY }];
  }

  /** What was sent before `sent` is known to be in the kernel at `at`. */
  confirm(sent: number, at: number): void {
    if (this.#spans.length === 1) return;
    this.#spans = this.#spans.map((span, index) => {
      const successor = this.#spans[index + 1];
      const isOver = successor !== undefined && successor.from < sent;
      return isOver ? { ...span, until: Math.min(span.until, at) } : span;
    });
  }

  /** The values that the kernel may have held at some time from `start` to `end`. */
  during(start: number, end: number): readonly T[] {
    return this.#spans.filter(({ from, until }) => from <= end && until >= start).map(({ value }) => value);
  }

  /** Drops what was over before a time that nobody will ask about. */
  forget(before: number): void {
    if (this.#spans.length > 1) this.#spans = this.#spans.filter(({ until }) => until >= before);
  }
}
