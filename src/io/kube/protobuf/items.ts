import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Bytes } from "../bytes.ts";
import { errorText } from "../error.ts";
import type { ItemReader, ItemSink } from "../item-reader.ts";
import { magic } from "./envelope.ts";
import { type Message, type MessageObject, readMessage } from "./message.ts";
import { listMeta } from "./objects.ts";

/**
 * Splits a list while it arrives. It is an envelope (a runtime.Unknown) with the list in field 2; a list has its metadata
 * in field 1 and an item in each field 2.
 */
export class ProtobufItems implements ItemReader {
  readonly #message: Message;
  readonly #sink: ItemSink;
  /** The part of an incomplete field that has arrived. */
  readonly #begun = new Bytes();
  #hasBegun = false;
  /** How many bytes of the list are still to come; undefined outside the list. */
  #listBytes: number | undefined;
  #hasList = false;
  #metadata: MessageObject | undefined;

  constructor(items: Message, sink: ItemSink) {
    this.#message = items;
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    const bytes = this.#begun.takeEnough(chunk);
    if (bytes === undefined) return;
    let at = 0;
    if (!this.#hasBegun) {
      if (bytes.length < magic.length) {
        this.#begun.keep(bytes, magic.length);
        return;
      }
      if (!magic.equals(bytes.subarray(0, magic.length))) throw new SyntaxError("it does not begin as a list does");
      this.#hasBegun = true;
      at = magic.length;
    }
    for (;;) {
      const field = fieldAt(bytes, at);
      const isList = this.#listBytes === undefined && field?.number === 2;
      const end = field === undefined ? undefined : isList ? field.from : field.from + field.length;
      if (field === undefined || end === undefined || end > bytes.length) {
        // A tag and a length have eleven bytes at most, so one more is enough to see what is missing.
        this.#begun.keep(bytes.subarray(at), end === undefined ? bytes.length - at + 1 : end - at);
        return;
      }
      if (isList) {
        this.#listBytes = field.length;
        this.#hasList = true;
      } else this.#take(field.number, bytes.subarray(field.from, end), end - at);
      at = end;
      if (this.#listBytes === 0) this.#listBytes = undefined;
    }
  }

  end(): unknown {
    const isComplete = this.#begun.length === 0 && this.#hasList && this.#listBytes === undefined;
    if (!isComplete) throw new SyntaxError("the list is not complete");
    return { metadata: this.#metadata };
  }

  #take(number: number, content: Uint8Array, length: number): void {
    if (this.#listBytes === undefined) return;
    this.#listBytes -= length;
    if (this.#listBytes < 0) throw new SyntaxError("an item is longer than its list");
    if (number === 1) this.#metadata = this.#read(listMeta, content);
    if (number !== 2) return;
    const item = this.#read(this.#message, content);
    if (item !== undefined) this.#sink.onItem(item);
  }

  #read(fields: Message, content: Uint8Array): MessageObject | undefined {
    try {
      return readMessage(fields, new BinaryReader(content));
    } catch (error) {
      this.#sink.onMalformed(`${content.length} bytes: ${errorText(error)}`);
      return undefined;
    }
  }
}

type FieldPlace = { readonly number: number; readonly from: number; readonly length: number };

/** Where a field's content is; undefined if its header is incomplete. All fields of lists and envelopes have a length. */
function fieldAt(bytes: Buffer, at: number): FieldPlace | undefined {
  const tag = varintAt(bytes, at);
  const length = tag && varintAt(bytes, tag.end);
  if (tag === undefined || length === undefined) return undefined;
  if ((tag.value & 7) !== 2) throw new SyntaxError("it is not a list");
  return { number: tag.value >>> 3, from: length.end, length: length.value };
}

function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  throw new SyntaxError("a number has too many bytes");
}
