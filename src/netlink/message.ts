import type { Family } from "../model/address.ts";

/** A message of nfnetlink (struct nlmsghdr, struct nfgenmsg): its attributes are from `start` to `end` of the view. */
export type Message = {
  /** In messages about nftables, the lower byte is one of enum nf_tables_msg_types. */
  readonly type: number;
  /** Whether something changed between the parts of the answer that it belongs to: the parts may be inconsistent. */
  readonly isInterrupted: boolean;
  /** The port of the netlink socket whose request it answers, or reports. */
  readonly port: number;
  /** Undefined if it is about neither IPv4 nor IPv6. */
  readonly family: Family | undefined;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
};

/** Where the payload of an attribute (struct nlattr) is. */
export type Attribute = { readonly start: number; readonly end: number };

/**
 * Returns a function that takes bytes in pieces of any size, and passes on each complete message.
 *
 * Netlink's numbers are in host byte order. All machines that Node runs on are little-endian, except
 * s390x.
 */
export function messageReader(onMessage: (message: Message) => void): (bytes: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    const data = rest.length === 0 ? bytes : joined(rest, bytes);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let offset = 0;
    while (offset + headerLength <= data.length) {
      const length = view.getUint32(offset, true);
      if (length < headerLength) throw new RangeError("not a netlink message");
      if (offset + aligned(length) > data.length) break;
      onMessage({
        type: view.getUint16(offset + 4, true),
        isInterrupted: (view.getUint16(offset + 6, true) & interrupted) !== 0,
        port: view.getUint32(offset + 12, true),
        family: families.get(view.getUint8(offset + 16)),
        view,
        start: offset + headerLength,
        end: offset + length,
      });
      offset += aligned(length);
    }
    rest = data.slice(offset);
  };
}

/** How an answer ended. */
export type End = {
  /** A number of errno(3), or 0. */
  readonly errno: number;
  /** Whether nothing changed between the parts of the answer: otherwise it may be incomplete. */
  readonly isWhole: boolean;
};

/** Like `messageReader`, for answers to requests: passes on their messages, and their ends. */
export function answerReader(
  onMessage: (message: Message) => void,
  onEnd: (end: End) => void,
): (bytes: Uint8Array) => void {
  let isWhole = true;
  return messageReader((part) => {
    isWhole &&= !part.isInterrupted;
    if (part.type !== error && part.type !== done) return onMessage(part);
    onEnd({ errno: -part.view.getInt32(part.start - 4, true), isWhole });
    isWhole = true;
  });
}

const error = 2;
const done = 3;
/** NLM_F_DUMP_INTR */
const interrupted = 0x10;

/** The first attribute of a type in a part of a message. */
export function attribute(view: DataView, { start, end }: Attribute, type: number): Attribute | undefined {
  for (let offset = start; offset + attributeHeader <= end; ) {
    const length = view.getUint16(offset, true);
    if (length < attributeHeader) return undefined;
    if ((view.getUint16(offset + 2, true) & attributeType) === type) {
      return { start: offset + attributeHeader, end: offset + length };
    }
    offset += aligned(length);
  }
  return undefined;
}

/** The items of a list attribute. */
export function* items(view: DataView, { start, end }: Attribute): Iterable<Attribute> {
  for (let offset = start; offset + attributeHeader <= end; ) {
    const length = Math.max(view.getUint16(offset, true), attributeHeader);
    yield { start: offset + attributeHeader, end: offset + length };
    offset += aligned(length);
  }
}

/** The text of an attribute, which ends with a zero byte; empty if there is no such attribute. */
export function textOf(view: DataView, part: Attribute | undefined): string {
  if (part === undefined) return "";
  return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + part.start, part.end - part.start - 1));
}

/** A number of nftables, in network byte order; undefined if there is no such attribute. */
export function uint32Of(view: DataView, part: Attribute | undefined): number | undefined {
  return part && view.getUint32(part.start);
}

const decoder = new TextDecoder();

const families: ReadonlyMap<number, Family> = new Map([
  [2, "ip"],
  [10, "ip6"],
]);
/** The length of struct nlmsghdr and struct nfgenmsg together. */
export const headerLength = 20;
export const attributeHeader = 4;
/** The upper two bits of an attribute's type are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
const attributeType = 0x3fff;

export function aligned(length: number): number {
  return (length + 3) & ~3;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
