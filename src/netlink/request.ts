import type { Family } from "../model/address.ts";
import { aligned, attributeHeader, headerLength } from "./message.ts";

type Bytes = Iterable<number>;

/** A request to a part of netfilter. */
export function request(
  part: Part,
  type: number,
  flag: keyof typeof flags,
  family: Family | "any",
  attributes: Bytes,
): Uint8Array {
  const body = [...attributes];
  const header = [...uint32(headerLength + body.length), type, parts[part], ...uint16(flags[flag])];
  const sequenceAndPort = new Array<number>(8).fill(0);
  return Uint8Array.from([...header, ...sequenceAndPort, familyNumber[family], 0, 0, 0, ...body]);
}

/** A transaction of nftables: all of its requests are executed, or none. */
export function transaction(requests: readonly Uint8Array[]): Uint8Array {
  const mark = (type: number) => {
    const header = [...uint32(headerLength), ...uint16(type), ...uint16(isRequest)];
    return [...header, ...new Array<number>(8).fill(0), 0, 0, 0, parts.nftables];
  };
  const bytes = new Uint8Array(requests.reduce((sum, { length }) => sum + length, 2 * headerLength));
  let at = 0;
  for (const each of [mark(batchBegin), ...requests, mark(batchEnd)]) {
    bytes.set(each, at);
    at += each.length;
  }
  return bytes;
}

/** An attribute (struct nlattr). */
export function attributeOf(type: number, payload: Bytes): readonly number[] {
  const bytes = [...payload];
  const length = attributeHeader + bytes.length;
  const padding = new Array<number>(aligned(length) - length).fill(0);
  return [...uint16(length), ...uint16(type), ...bytes, ...padding];
}

/** An attribute that consists of attributes. */
export function nestOf(type: number, ...attributes: readonly Bytes[]): readonly number[] {
  return attributeOf(
    type | nested,
    attributes.flatMap((each) => [...each]),
  );
}

/** An attribute that is a text, with a zero byte at its end. */
export function textAttribute(type: number, text: string): readonly number[] {
  return attributeOf(type, new TextEncoder().encode(`${text}\0`));
}

/** A number in network order, as most of netfilter's own are. */
export function networkUint32(value: number): readonly number[] {
  return [...uint32(value)].reverse();
}

/** A number in the byte order of the machine, as netlink's own are. */
export function uint32(value: number): readonly number[] {
  return [...uint16(value & 0xffff), ...uint16(value >>> 16)];
}

function uint16(value: number): readonly number[] {
  return [value & 255, value >> 8];
}

/** NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END */
const batchBegin = 16;
const batchEnd = 17;

const isRequest = 1;
/** NLM_F_REQUEST with NLM_F_DUMP, or with NLM_F_ACK */
const flags = { dump: 0x301, acknowledge: 5 } as const;

/** NLA_F_NESTED */
const nested = 0x8000;

type Part = keyof typeof parts;

/** NFNL_SUBSYS_CTNETLINK and NFNL_SUBSYS_NFTABLES, the upper byte of a message's type. */
const parts = { conntrack: 1, nftables: 10 } as const;

const familyNumber = { any: 0, ip: 2, ip6: 10 } as const;
