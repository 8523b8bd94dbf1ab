import type { Family } from "../model/address.ts";
import type { Protocol } from "../model/port.ts";
import type { Rule } from "./rule.ts";

/** Our tables, one per family: this program reads and writes nothing else in nftables. */
export type Ruleset = readonly Table[];

export type Table = {
  readonly family: Family;
  readonly sets: ReadonlyMap<string, NamedSet>;
  readonly chains: ReadonlyMap<string, Chain>;
  /** Chains that no element leads to, kept ready: it makes no difference whether a table has them. */
  readonly spares?: ReadonlyMap<string, Chain>;
};

/** The name of our tables; kube-proxy's are called `kube-proxy`. */
export const tableName = "kube-nft";

/** A set, or a map: a set whose elements have a value (nft(8), SETS and MAPS). */
export type NamedSet = {
  readonly name: string;
  readonly key: readonly SetField[];
  /** What a map's elements map to; undefined for a set. */
  readonly value: readonly SetField[] | "verdict" | undefined;
  /** `interval`: elements may be networks. `dynamic`: packets add the elements, which expire; we never list them. */
  readonly flag?: "interval" | "dynamic";
  /** The most elements that the kernel keeps; if unset, it grows as needed. */
  readonly size?: number;
  /** Count the packets that match each element. */
  readonly counter?: boolean;
  readonly elements: readonly Element[];
};

/** What a part of a key or value is, which fixes its width: nft's `typeof`. */
export type SetField =
  | { readonly kind: "saddr" }
  | { readonly kind: "daddr" }
  | { readonly kind: "l4proto" }
  /** The destination port of one protocol, or of any if unset. */
  | { readonly kind: "dport"; readonly protocol?: Protocol }
  /** The number of an endpoint in its list. */
  | { readonly kind: "slot" };

export type Element = {
  readonly key: ElementTuple;
  /** A map's value: the same parts as `NamedSet.value`, or a verdict. */
  readonly value?: ElementTuple | Verdict;
  /** The service port that owns it, for people: a heading in print, and a comment on verdict map elements. */
  readonly owner?: string;
};

/** A port, or all from one to another: `80-90`, in the key of an interval set. */
export type PortRange = number | `${number}-${number}`;

/** Addresses, CIDRs, protocols (text), ports, ranges of ports and slots: parsed values only, never text from the API. */
export type ElementTuple = readonly (string | number)[];

export type Verdict =
  | { readonly kind: "accept" | "drop" | "return" }
  | { readonly kind: "jump" | "goto"; readonly chain: string };

export type Chain = {
  readonly name: string;
  /** Undefined for a chain that others jump to. */
  readonly hook?: Hook;
  /** A line for readers, printed above the chain. */
  readonly note?: string;
  readonly rules: readonly Rule[];
};

/** Where the kernel enters a base chain. The priority is a number as nft 1.0.6 does not list the names. */
export type Hook = {
  readonly type: "filter" | "nat";
  readonly hook: "prerouting" | "input" | "forward" | "output" | "postrouting";
  readonly priority: number;
};

/** A hook at which none of our chains is. */
export const nobodysHook: Hook = { type: "filter", hook: "input", priority: Number.NaN };
