import { plainText, type Reply } from "./reply.ts";

/**
 * A long text that is made once for all clients that ask at about the same time, and sent to a few of them at once: if another
 * arrives, the one that has been reading longest is disconnected. Making the text takes at most a tenth of the time.
 */
export class SharedText {
  readonly #make: () => string;
  readonly #readers = new Set<AbortController>();
  #bytes: Buffer | undefined;

  constructor(make: () => string) {
    this.#make = make;
  }

  reply(): Reply {
    const reader = new AbortController();
    return { ...plainText(200, this.#sendTo(reader)), signal: reader.signal };
  }

  async *#sendTo(reader: AbortController): AsyncGenerator<Uint8Array> {
    const [longest] = this.#readers;
    if (longest !== undefined && this.#readers.size === mostReaders) {
      this.#readers.delete(longest);
      longest.abort();
    }
    this.#readers.add(reader);
    try {
      yield this.#bytes ?? this.#fresh();
    } finally {
      this.#readers.delete(reader);
    }
  }

  #fresh(): Buffer {
    const began = performance.now();
    const bytes = Buffer.from(this.#make());
    this.#bytes = bytes;
    const keep = Math.max(1000, 10 * (performance.now() - began));
    setTimeout(() => {
      this.#bytes = undefined;
    }, keep).unref();
    return bytes;
  }
}

const mostReaders = 4;
