import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Returns unused memory to the system. By itself, V8 never returns what reading a large cluster, or an hour of changes,
 * needed.
 *
 * It blocks this process for 0.1 s or more, so it runs when there is no work.
 */
export class Memory {
  readonly #collect: unknown;
  readonly #pause: NodeJS.Timeout;
  /** The size of the heap after memory was returned in a pause; before the first pause, much is in use for a moment. */
  #kept = 0;
  #isLoaded = false;

  /** @param idleMs how long nothing has to happen before memory is returned */
  constructor(idleMs = 10_000) {
    setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc");
    this.#pause = setTimeout(() => this.#releaseMuch(), idleMs).unref();
  }

  /** There was work, and there may be more. */
  noteWork(): void {
    this.#pause.refresh();
  }

  /** Everything is in the kernel: the first time, much of the memory that this took is free. */
  noteHealthy(): void {
    if (!this.#isLoaded) this.release();
    this.#isLoaded = true;
  }

  release(): void {
    if (typeof this.#collect === "function") this.#collect();
  }

  #releaseMuch(): void {
    if (heapSize() < 1.05 * this.#kept) return;
    this.release();
    this.#kept = heapSize();
  }
}

/** In bytes. The memory of the process shrinks a little later. */
function heapSize(): number {
  return getHeapStatistics().total_heap_size;
}
