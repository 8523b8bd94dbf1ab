import { KubeError } from "./error.ts";

/** Collects data that arrives in parts. However small the parts are, it allocates at most twice their length. */
export class Bytes {
  readonly #limit: number;
  #buffer = empty;
  #length = 0;
  #needed = 0;

  /** @param limit the length above which the data is too long */
  constructor(limit: number = maxFrameBytes) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#length;
  }

  /** Throws a KubeError if the data gets too long. */
  push(part: Buffer): void {
    const length = this.#length + part.length;
    if (length > this.#limit) throw tooLong(this.#limit);
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    part.copy(this.#buffer, this.#length);
    this.#length = length;
  }

  /** Everything that arrived, including this part, if that is enough; otherwise it waits for more. Throws a KubeError. */
  takeEnough(part: Buffer): Buffer | undefined {
    if (this.#length + part.length >= this.#needed) return this.take(part);
    this.push(part);
    return undefined;
  }

  /** Keeps what could not be used until this many bytes have arrived in total. Throws a KubeError. */
  keep(rest: Buffer, needed: number): void {
    if (needed > this.#limit) throw tooLong(this.#limit);
    this.#needed = needed;
    if (rest.length > 0) this.push(rest);
  }

  /** Returns everything that arrived, followed by the last part, and keeps nothing. Throws a KubeError. */
  take(last: Buffer = empty): Buffer {
    if (this.#length === 0 && last.length <= this.#limit) return last;
    this.push(last);
    const all = this.#buffer.subarray(0, this.#length);
    this.#buffer = empty;
    this.#length = 0;
    return all;
  }
}

/** Longer than anything that an API server sends. */
export function tooLong(limit: number): KubeError {
  return new KubeError(`one part of the API server's answer has more than ${limit >> 20} MB`);
}

const empty = Buffer.alloc(0);

/** No object in etcd, and no event about one, is nearly as long. */
export const maxFrameBytes = 64 << 20;
