import { addressBytes, addressOfBytes, type Family } from "../model/address.ts";
import { cidr, cidrElement, lastAddress } from "../model/cidr.ts";
import { type Attribute, attribute, dumpRequest, items, type Message, textOf } from "./netlink.ts";
import { type Element, type ElementTuple, type NamedSet, type SetField, tableName, type Verdict } from "./ruleset.ts";

/**
 * Whether a set's elements can be read: what packets put into dynamic maps is not ours, and intervals that are not part
 * of a concatenation have their ends as elements of their own.
 */
export function isReadable({ flag, key }: NamedSet): boolean {
  return flag === undefined || (flag === "interval" && key.length > 1);
}

/** `packets`: how many packets the kernel has counted that met the element, if it counts them. */
export type ReadElement = Element & { readonly packets?: number };

/** The bytes that ask the kernel for the elements of one of our sets (linux/netfilter/nf_tables.h). */
export function elementsRequest(family: Family, set: string): Uint8Array {
  return dumpRequest(getSetElements, family, [
    [tableAttribute, tableName],
    [setAttribute, set],
  ]);
}

/**
 * The elements in a part of the answer to an `elementsRequest`.
 *
 * @param set one that `isReadable`; of it, only the types of key and value count
 */
export function elementsOf({ view, start, end }: Message, family: Family, set: NamedSet): readonly ReadElement[] {
  const list = attribute(view, { start, end }, elementsAttribute);
  return list === undefined ? [] : Array.from(items(view, list), (item) => element(view, item, family, set));
}

const getSetElements = 13;

const tableAttribute = 1;
const setAttribute = 2;
const elementsAttribute = 3;

const elementKey = 1;
const elementData = 2;
const elementUserdata = 6;
const elementExpression = 7;
const elementKeyEnd = 10;

const dataValue = 1;
const dataVerdict = 2;
const verdictCode = 1;
const verdictChain = 2;

const expressionData = 2;
const counterPackets = 2;

function element(view: DataView, item: Attribute, family: Family, set: NamedSet): ReadElement {
  const lower = tuple(view, nested(view, item, elementKey, dataValue), family, set.key);
  const key =
    set.flag === "interval"
      ? range(lower, tuple(view, nested(view, item, elementKeyEnd, dataValue), family, set.key))
      : lower;
  if (set.value === undefined) return { key };
  if (set.value !== "verdict") {
    return { key, value: tuple(view, nested(view, item, elementData, dataValue), family, set.value) };
  }
  const value = verdict(view, nested(view, item, elementData, dataVerdict));
  const owner = comment(view, attribute(view, item, elementUserdata));
  const packets = counted(view, attribute(view, item, elementExpression));
  return {
    key,
    value,
    ...(owner === undefined ? {} : { owner }),
    ...(packets === undefined ? {} : { packets }),
  };
}

function nested(view: DataView, item: Attribute, outer: number, inner: number): Attribute {
  const part = attribute(view, item, outer);
  const found = part && attribute(view, part, inner);
  if (found === undefined) throw new RangeError("not an element of this set");
  return found;
}

/** Each part of a concatenation starts at a multiple of four bytes. */
function tuple(view: DataView, { start }: Attribute, family: Family, fields: readonly SetField[]): ElementTuple {
  let offset = start;
  return fields.map((field) => {
    const at = offset;
    offset += (field.kind === "saddr" || field.kind === "daddr") && family === "ip6" ? 16 : 4;
    return tuplePart(view, at, family, field);
  });
}

function tuplePart(view: DataView, at: number, family: Family, { kind }: SetField): string | number {
  switch (kind) {
    case "saddr":
    case "daddr":
      return addressText(view, at, family);
    case "l4proto":
      return protocolNames.get(view.getUint8(at)) ?? view.getUint8(at);
    case "dport":
      return view.getUint16(at);
    case "slot":
      return view.getUint32(at, true);
  }
}

/** The last part of the key is the range; it is written as nft writes it: as a network or an address, if it is one. */
function range(lower: ElementTuple, upper: ElementTuple): ElementTuple {
  const [first, last] = [String(lower.at(-1)), String(upper.at(-1))];
  return [...lower.slice(0, -1), cidrOfRange(first, last) ?? `${first}-${last}`];
}

function cidrOfRange(first: string, last: string): string | undefined {
  const bits = (addressBytes(first) ?? []).length * 8;
  for (let length = bits; length >= 0; length--) {
    const network = cidr(`${first}/${length}`);
    if (network === undefined || !network.startsWith(`${first}/`)) return undefined;
    if (lastAddress(network) === last) return cidrElement(network);
  }
  return undefined;
}

function addressText(view: DataView, at: number, family: Family): string {
  if (family === "ip") {
    return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
  }
  return addressOfBytes(Array.from({ length: 16 }, (_, index) => view.getUint8(at + index)));
}

const protocolNames: ReadonlyMap<number, string> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
]);

/** NF_DROP, NF_ACCEPT and enum nft_verdicts. */
function verdict(view: DataView, part: Attribute): Verdict {
  const code = attribute(view, part, verdictCode);
  const chain = attribute(view, part, verdictChain);
  switch (code === undefined ? Number.NaN : view.getInt32(code.start)) {
    case 0:
      return { kind: "drop" };
    case -3:
      return { kind: "jump", chain: textOf(view, chain) };
    case -4:
      return { kind: "goto", chain: textOf(view, chain) };
    case -5:
      return { kind: "return" };
    default:
      // Somebody else's: no element of ours accepts, so this one differs from what is desired.
      return { kind: "accept" };
  }
}

/** A counter is the one expression that elements of ours have. */
function counted(view: DataView, expression: Attribute | undefined): number | undefined {
  const counter = expression && attribute(view, expression, expressionData);
  const packets = counter && attribute(view, counter, counterPackets);
  return packets && Number(view.getBigUint64(packets.start));
}

/** nft's own attributes have a byte for the type, 0 for a comment, and a byte for the length. */
function comment(view: DataView, userdata: Attribute | undefined): string | undefined {
  if (userdata === undefined) return undefined;
  for (let at = userdata.start; at + 2 <= userdata.end; at += 2 + view.getUint8(at + 1)) {
    if (view.getUint8(at) === 0) return textOf(view, { start: at + 2, end: at + 2 + view.getUint8(at + 1) });
  }
  return undefined;
}
