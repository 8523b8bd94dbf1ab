import { addressBytes, type Family } from "../model/address.ts";
import { cidr, cidrElement, lastAddress } from "../model/cidr.ts";
import { type Element, type ElementTuple, type NamedSet, tableName, type Verdict } from "../nft/ruleset.ts";
import { haveSameValue } from "../nft/transaction.ts";
import { type Attribute, attribute, items, type Message, textOf } from "./message.ts";
import { haveSameBytes, RecordIndex } from "./record-index.ts";
import { request, textAttribute } from "./request.ts";
import { tuple, tupleLength, writeTuple } from "./tuple.ts";

/**
 * Whether a set's elements can be read. Those that packets add to dynamic maps are not ours, and the ends of intervals
 * that are not part of a concatenation are separate elements.
 */
export function isReadable({ flag, key }: NamedSet): boolean {
  return flag === undefined || (flag === "interval" && key.length > 1);
}

/** `packets`: how many packets matched the element, if the kernel counts them. */
export type ReadElement = Element & { readonly packets?: number };

/** A request for the elements of one of our sets (linux/netfilter/nf_tables.h). */
export function elementsRequest(family: Family, set: string): Uint8Array {
  const attributes = [...textAttribute(tableAttribute, tableName), ...textAttribute(setAttribute, set)];
  return request("nftables", getSetElements, "dump", family, attributes);
}

/**
 * Returns a function that gives the elements in a part of the answer to an `elementsRequest`, or in a notification. It
 * throws a RangeError for data that are not elements of such a set.
 *
 * @param set one that `isReadable`, or a dynamic one. If the kernel has one of its elements, the same object is returned,
 * without `packets`: most elements are as expected, and need not be made or compared again.
 */
export function elementReader(family: Family, set: NamedSet): (message: Message) => readonly ReadElement[] {
  const isExpecting = set.elements.length > 0 && set.flag !== "interval";
  const expected = isExpecting ? new Expected(family, set) : undefined;
  return ({ view, start, end }) => {
    const list = attribute(view, { start, end }, elementsAttribute);
    if (list === undefined) return [];
    return Array.from(items(view, list), (item) => expected?.find(view, item) ?? element(view, item, family, set));
  };
}

/** The elements that a set is expected to have, in the kernel's form. */
class Expected {
  readonly #set: NamedSet;
  readonly #family: Family;
  /** For each element the key, and the value if it is a tuple. */
  readonly #records: DataView;
  readonly #index: RecordIndex;
  readonly #keyLength: number;
  readonly #valueLength: number;

  constructor(family: Family, set: NamedSet) {
    const { key, value = [], elements } = set;
    this.#family = family;
    this.#set = set;
    this.#keyLength = tupleLength(family, key);
    this.#valueLength = value === "verdict" ? 0 : tupleLength(family, value);
    const length = this.#keyLength + this.#valueLength;
    this.#records = new DataView(new ArrayBuffer(length * elements.length));
    for (const [number, element] of elements.entries()) {
      writeTuple(this.#records, number * length, family, key, element.key);
      if (element.value === undefined || "kind" in element.value || value === "verdict") continue;
      writeTuple(this.#records, number * length + this.#keyLength, family, value, element.value);
    }
    this.#index = new RecordIndex(this.#records, length, this.#keyLength);
  }

  /** The element in an item of a message. */
  find(view: DataView, item: Attribute): Element | undefined {
    // The bytes that pad an attribute to a multiple of four are zero.
    const number = this.#index.find(view, nested(view, item, elementKey, dataValue).start);
    const candidate = this.#set.elements[number];
    if (candidate === undefined || !this.#hasValueOf(view, item, number, candidate)) return undefined;
    return candidate;
  }

  #hasValueOf(view: DataView, item: Attribute, number: number, candidate: Element): boolean {
    if (this.#set.value === undefined) return true;
    if (this.#set.value === "verdict") {
      const found = { key: candidate.key, ...valueOf(view, item, this.#family, this.#set) };
      return haveSameValue(this.#set, found, candidate);
    }
    const value = nested(view, item, elementData, dataValue).start;
    const at = number * (this.#keyLength + this.#valueLength) + this.#keyLength;
    return haveSameBytes(this.#records, at, view, value, this.#valueLength);
  }
}

const getSetElements = 13;

const tableAttribute = 1;
const setAttribute = 2;
export const elementsAttribute = 3;

export const elementKey = 1;
export const elementData = 2;
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
  return { key, ...valueOf(view, item, family, set) };
}

/** An element without its key. */
function valueOf(view: DataView, item: Attribute, family: Family, set: NamedSet): Omit<ReadElement, "key"> {
  if (set.value !== undefined && set.value !== "verdict") {
    return { value: tuple(view, nested(view, item, elementData, dataValue), family, set.value) };
  }
  const packets = counted(view, attribute(view, item, elementExpression));
  const count = packets === undefined ? {} : { packets };
  if (set.value === undefined) return count;
  const owner = comment(view, attribute(view, item, elementUserdata));
  return {
    value: verdict(view, nested(view, item, elementData, dataVerdict)),
    ...(owner === undefined ? {} : { owner }),
    ...count,
  };
}

/** The key of an element, or its value if that is not a verdict. */
export function elementValue(view: DataView, item: Attribute, part: typeof elementKey | typeof elementData): Attribute {
  return nested(view, item, part, dataValue);
}

function nested(view: DataView, item: Attribute, outer: number, inner: number): Attribute {
  const part = attribute(view, item, outer);
  const found = part && attribute(view, part, inner);
  if (found === undefined) throw new RangeError("not an element of this set");
  return found;
}

/** Each part is a range, and written in nft's form: as one value, or as a network if it is one. */
function range(lower: ElementTuple, upper: ElementTuple): ElementTuple {
  return lower.map((first, index) => {
    const last = upper[index] ?? first;
    if (first === last) return first;
    return (typeof first === "string" && cidrOfRange(first, String(last))) || `${first}-${last}`;
  });
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
      // Foreign: none of our elements accepts, so this one differs from what is desired.
      return { kind: "accept" };
  }
}

/** A counter is the only expression that our elements have. */
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
