import type { Chain, Hook, Table } from "../ruleset.ts";

/** The base chains of a table by hook, in the order in which the kernel enters them. */
export type BaseChains = ReadonlyMap<Hook["hook"], readonly BaseChain[]>;

export type BaseChain = Chain & { readonly hook: Hook };

export function baseChains(table: Table): BaseChains {
  const bases = [...table.chains.values()].flatMap((chain): readonly BaseChain[] =>
    chain.hook ? [{ ...chain, hook: chain.hook }] : [],
  );
  return Map.groupBy(
    bases.sort((a, b) => a.hook.priority - b.hook.priority),
    ({ hook }) => hook.hook,
  );
}

/**
 * The hook that a packet meets after another one, or first; undefined after the last.
 *
 * A packet from this node to itself leaves like any other, and then arrives on the loopback interface.
 *
 * @param isOwn a process of this node sends the packet
 *
 * @param isToNode its present destination is an address of this node
 */
export function hookAfter(hook: Hook["hook"] | undefined, isOwn: boolean, isToNode: boolean): Hook["hook"] | undefined {
  switch (hook) {
    case undefined:
      return isOwn ? "output" : "prerouting";
    case "prerouting":
      return isToNode ? "input" : "forward";
    case "forward":
    case "output":
      return "postrouting";
    case "postrouting":
      return isOwn && isToNode ? "prerouting" : undefined;
    case "input":
      return undefined;
  }
}
