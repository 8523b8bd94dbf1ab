import { Bytes, tooLong } from "../bytes.ts";
import type { ItemReader, ItemSink } from "../item-reader.ts";
import { parseJSON } from "./parse.ts";

/** API servers return some lists in one piece, even if asked for pages. */
export class JSONItems implements ItemReader {
  readonly #sink: ItemSink;
  /** The list without its items. */
  #envelope = "";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #isInItems = false;
  /** The part of the current item that earlier chunks held. */
  readonly #begun = new Bytes();

  constructor(sink: ItemSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let depth = this.#depth;
    let isInString = this.#isInString;
    let isEscaped = this.#isEscaped;
    let isInItems = this.#isInItems;
    let itemFrom = this.#begun.length === 0 ? -1 : 0;
    let envelopeFrom = isInItems ? -1 : 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (isInString) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isInString = false;
        continue;
      }
      if (isInItems && depth === itemDepth) {
        const isEnd = byte === comma || byte === closeBracket;
        if (isEnd && itemFrom >= 0) {
          this.#item(this.#begun.take(chunk.subarray(itemFrom, at)).toString("utf8"));
          itemFrom = -1;
        } else if (!isEnd && itemFrom < 0 && byte > space) itemFrom = at;
        if (byte === closeBracket) {
          isInItems = false;
          envelopeFrom = at;
        }
      }
      if (byte === quote) isInString = true;
      else if (byte === openBrace || byte === openBracket) depth++;
      else if (byte === closeBrace || byte === closeBracket) depth--;
      if (byte === openBracket && depth === itemDepth && !isInItems) {
        this.#extend(chunk, envelopeFrom, at + 1);
        isInItems = /"items"\s*:\s*\[$/.test(this.#envelope.slice(-longestOpening));
        envelopeFrom = isInItems ? -1 : at + 1;
      }
    }
    if (itemFrom >= 0) this.#begun.push(chunk.subarray(itemFrom));
    if (envelopeFrom >= 0) this.#extend(chunk, envelopeFrom, chunk.length);
    this.#depth = depth;
    this.#isInString = isInString;
    this.#isEscaped = isEscaped;
    this.#isInItems = isInItems;
  }

  end(): unknown {
    return JSON.parse(this.#envelope);
  }

  #item(text: string): void {
    const object = parseJSON(text);
    if (object === undefined) this.#sink.onMalformed(text);
    else this.#sink.onItem(object);
  }

  #extend(chunk: Buffer, from: number, to: number): void {
    if (this.#envelope.length + to - from > maxEnvelope) throw tooLong(maxEnvelope);
    this.#envelope += chunk.toString("utf8", from, to);
  }
}

/** Inside the list's `{` and its items' `[`. */
const itemDepth = 2;

/** A list without its items is its kind and two metadata fields. */
const maxEnvelope = 1 << 20;

/** `"items": [`, with any spacing. */
const longestOpening = 100;

const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
