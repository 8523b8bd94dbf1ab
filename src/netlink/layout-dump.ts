import type { Family } from "../model/address.ts";
import { type Chain, type Hook, type NamedSet, nobodysHook, type SetField, tableName } from "../nft/ruleset.ts";
import { type Attribute, attribute, type Message, textOf, uint32Of } from "./message.ts";
import { request, textAttribute } from "./request.ts";

/** A request for the tables, chains or sets of a family (linux/netfilter/nf_tables.h). */
export function tablesRequest(family: Family): Uint8Array {
  return request("nftables", getTable, "dump", family, []);
}

export function chainsRequest(family: Family): Uint8Array {
  return request("nftables", getChain, "dump", family, []);
}

export function setsRequest(family: Family): Uint8Array {
  return request("nftables", getSet, "dump", family, textAttribute(tableAttribute, tableName));
}

/** Whether a message is about our table or its contents: the kernel may report all tables. */
export function isOurs({ view, start, end }: Message): boolean {
  const name = attribute(view, { start, end }, tableAttribute);
  return (
    name !== undefined &&
    name.end - name.start === nameBytes.length &&
    nameBytes.every((byte, index) => view.getUint8(name.start + index) === byte)
  );
}

const nameBytes = [...tableName, "\0"].map((character) => character.charCodeAt(0));

/** Whether a table is dormant, so that the kernel skips it. */
export function isDormant({ view, start, end }: Message): boolean {
  return ((uint32Of(view, attribute(view, { start, end }, tableFlags)) ?? 0) & dormant) !== 0;
}

/**
 * A chain without its rules. All of ours have the policy accept; one that has not gets `nobodysHook`, so that it differs.
 */
export function chainOf({ view, start, end }: Message): Chain {
  const own = { start, end };
  const name = textOf(view, attribute(view, own, chainName));
  const hook = attribute(view, own, chainHook);
  if (hook === undefined) return { name, rules: [] };
  const accepts = uint32Of(view, attribute(view, own, chainPolicy)) === accept;
  return { name, rules: [], hook: accepts ? hookOf(view, own, hook) : nobodysHook };
}

/**
 * A set without its elements: the desired one of its name if the declarations are equal, otherwise one that is only good
 * for deleting it and for showing that it differs.
 */
export function setOf({ view, start, end }: Message, family: Family, desired: ReadonlyMap<string, NamedSet>): NamedSet {
  const own = { start, end };
  const number = (type: number) => uint32Of(view, attribute(view, own, type));
  const name = textOf(view, attribute(view, own, setName));
  const flags = (number(setFlags) ?? 0) & ourFlags;
  const description = attribute(view, own, setDescription);
  const present: Declaration = {
    flags,
    keyType: number(setKeyType),
    valueType: number(setValueType),
    size: sizeOf(description && uint32Of(view, attribute(view, description, descriptionSize))),
    counter: attribute(view, own, setExpression) !== undefined,
  };
  const set = desired.get(name);
  const isAsDesired = set !== undefined && JSON.stringify(declaration(set, family)) === JSON.stringify(present);
  if (isAsDesired) return { ...set, elements: [] };
  return { name, key: [], value: (flags & isMap) === 0 ? undefined : [], elements: [] };
}

/**
 * The number of a set's elements, and the set that a message is about; undefined on kernels before 6.16, which do not
 * report it.
 */
export function nameAndCount({ view, start, end }: Message): {
  readonly name: string;
  readonly count: number | undefined;
} {
  const own = { start, end };
  return { name: textOf(view, attribute(view, own, setName)), count: uint32Of(view, attribute(view, own, setCount)) };
}

/** What distinguishes sets of different declarations, in the kernel's terms. */
type Declaration = {
  readonly flags: number;
  readonly keyType: number | undefined;
  readonly valueType: number | undefined;
  readonly size: number | undefined;
  readonly counter: boolean;
};

function declaration({ key, value, flag, size, counter }: NamedSet, family: Family): Declaration {
  const flags = (value === undefined ? 0 : isMap) | (flag === undefined ? 0 : flagNumbers[flag]);
  const valueType = value === "verdict" ? verdictType : value && typeOf(value, family);
  return { flags, keyType: typeOf(key, family), valueType, size, counter: counter === true };
}

/** The kernel gives a dynamic set without a size one when a rule first writes to it (nft_dynset_init). */
function sizeOf(size: number | undefined): number | undefined {
  return size === 0xffff ? undefined : size;
}

/** nft's number of a type; in a concatenation, each part has six bits. The kernel stores it for nft. */
function typeOf(fields: readonly SetField[], family: Family): number {
  return fields.reduce((type, field) => (type << 6) | fieldType(field, family), 0);
}

/** enum datatypes of nft. */
function fieldType({ kind }: SetField, family: Family): number {
  switch (kind) {
    case "saddr":
    case "daddr":
      return family === "ip" ? 7 : 8;
    case "l4proto":
      return 12;
    case "dport":
      return 13;
    case "slot":
      return 4;
  }
}

function hookOf(view: DataView, chain: Attribute, hook: Attribute): Hook {
  const number = uint32Of(view, attribute(view, hook, hookNumber)) ?? Number.NaN;
  const priority = attribute(view, hook, hookPriority);
  return {
    type: textOf(view, attribute(view, chain, chainType)) === "nat" ? "nat" : "filter",
    hook: hooks[number] ?? "input",
    priority: priority === undefined ? Number.NaN : view.getInt32(priority.start),
  };
}

const hooks: readonly Hook["hook"][] = ["prerouting", "input", "forward", "output", "postrouting"];

const getTable = 1;
const getChain = 4;
const getSet = 10;

const tableAttribute = 1;
const tableFlags = 2;
/** NFT_TABLE_F_DORMANT */
const dormant = 1;

const chainName = 3;
const chainHook = 4;
const chainPolicy = 5;
/** NF_ACCEPT */
const accept = 1;
const chainType = 7;
const hookNumber = 1;
const hookPriority = 2;

const setName = 2;
const setFlags = 3;
const setKeyType = 4;
const setValueType = 6;
const setDescription = 9;
const setExpression = 17;
const descriptionSize = 1;
const setCount = 20;

const isMap = 0x8;
/** NFT_SET_INTERVAL; NFT_SET_TIMEOUT and NFT_SET_EVAL */
const flagNumbers = { interval: 0x4, dynamic: 0x30 } as const;
const ourFlags = isMap | flagNumbers.interval | flagNumbers.dynamic;
/** NFT_DATA_VERDICT */
const verdictType = 0xffffff00;
