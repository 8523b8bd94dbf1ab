import type { Rule } from "../../src/nft/rule.ts";
import type { Chain, Element, Hook, NamedSet, Table } from "../../src/nft/ruleset.ts";

/** Small tables for tests. */

export const hook: Hook = { type: "nat", hook: "prerouting", priority: -100 };

export const vmapRule: Rule = [{ kind: "vmap", key: [{ kind: "daddr" }], map: "services" }];

/** A verdict map of addresses; its elements lead to the chains that are given by address. */
export function services(chains: Readonly<Record<string, string>>, owner?: string): NamedSet {
  const elements = Object.entries(chains).map(([address, chain]): Element => {
    return { key: [address], value: { kind: "goto", chain }, ...(owner === undefined ? {} : { owner }) };
  });
  return { name: "services", key: [{ kind: "daddr" }], value: "verdict", elements };
}

export function addressSet(name: string, ...addresses: readonly string[]): NamedSet {
  return {
    name,
    key: [{ kind: "saddr" }],
    value: undefined,
    elements: addresses.map((address) => ({ key: [address] })),
  };
}

export function affinityMap(): NamedSet {
  return {
    name: "affinity",
    key: [{ kind: "saddr" }],
    value: [{ kind: "daddr" }],
    flag: "dynamic",
    size: 16,
    elements: [],
  };
}

export function chain(name: string, ...rules: readonly Rule[]): Chain {
  return { name, rules };
}

export function base(...rules: readonly Rule[]): Chain {
  return { name: "base", hook, rules };
}

export function table(sets: readonly NamedSet[], chains: readonly Chain[]): Table {
  return {
    family: "ip",
    sets: new Map(sets.map((set) => [set.name, set])),
    chains: new Map(chains.map((each) => [each.name, each])),
  };
}
