import type { ServerResponse } from "node:http";
import { plainText, send } from "./http.ts";

/**
 * A long text that is made for all who ask for it at about the same time, and sent to few of them at once: where another
 * comes, the one that has been reading longest has to go. Making it takes at most a tenth of the time.
 */
export class SharedText {
  readonly #make: () => string;
  readonly #readers = new Set<ServerResponse>();
  #bytes: Buffer | undefined;

  constructor(make: () => string) {
    this.#make = make;
  }

  send(response: ServerResponse): void {
    const bytes = this.#bytes ?? this.#fresh();
    const [longest] = this.#readers;
    if (longest !== undefined && this.#readers.size === mostReaders) {
      this.#readers.delete(longest);
      longest.destroy();
    }
    this.#readers.add(response);
    response.once("close", () => this.#readers.delete(response));
    send(response, 200, plainText, bytes);
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
