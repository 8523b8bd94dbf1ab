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
 * What this node sends to itself leaves as any packet does, and then comes in through the loopback interface.
 *
 * @param isOwn a process of this node sends the packet
 * @param isToNode its destination, as it is now, is an address of this node
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
