import type { Reply } from "./reply.ts";
import { nextTurn } from "./turns.ts";

export type SharedTextOptions = {
  readonly contentType: string;
  /** Resolves to the text in parts; this process works in between. */
  readonly make: () => Promise<AsyncIterable<string>>;
};

/**
 * A long text that is generated once for all clients that ask at about the same time.
 *
 * All clients read the same bytes, so neither their number nor slow readers need memory: when there are more than a few
 * texts, all that still read the oldest are disconnected.
 */
export class SharedText {
  readonly #options: SharedTextOptions;
  #newest: Promise<Reply> | undefined;
  /** For each of the recent texts, a function that disconnects its readers. */
  readonly #endings: AbortController[] = [];

  constructor(options: SharedTextOptions) {
    this.#options = options;
  }

  reply(): Promise<Reply> {
    this.#newest ??= this.#fresh();
    return this.#newest;
  }

  async #fresh(): Promise<Reply> {
    const ending = new AbortController();
    if (this.#endings.push(ending) > mostTexts) this.#endings.shift()?.abort();
    let keepMs = 0;
    try {
      const { contentType, make } = this.#options;
      const parts: Buffer[] = [];
      for await (const part of await make()) {
        parts.push(Buffer.from(part));
        if (part.length >= longPart) await nextTurn();
      }
      const body = Buffer.concat(parts);
      keepMs = Math.min(longestMs, body.length / bytesPerMs);
      return { code: 200, contentType, body, signal: ending.signal };
    } finally {
      setTimeout(() => {
        this.#newest = undefined;
      }, keepMs).unref();
    }
  }
}

/** Each text can be read until this many newer ones have been generated. */
const mostTexts = 3;

/** How long a text is kept: generating it is ten times as fast, and a reader at half this speed still gets all of it. */
const bytesPerMs = 2000;

const longestMs = 10_000;

/** In characters. After shorter parts, this process need not do other work. */
const longPart = 10_000;
