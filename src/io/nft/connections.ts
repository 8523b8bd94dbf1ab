import { frontendOfElement, frontendSets } from "../../compile/lower/nftables/sets.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { Family } from "../../model/address.ts";
import { visitSets } from "./known-table.ts";

/** How many new connections a frontend has had since its element was added to the kernel. */
export type FrontendConnections = {
  /** The service port: `namespace/name:port`. The kernel keeps its first 128 characters. */
  readonly owner: string;
  readonly kind: "address" | "nodePort";
  readonly protocol: string;
  readonly frontend: FrontendKey;
  readonly connections: number;
};

/** Reports the kernel's count of new connections for each frontend of our table. Needs rules with counters. */
export function readFrontendConnections(
  family: Family,
  onFrontend: (counted: FrontendConnections) => void,
): Promise<void> {
  const kinds = new Map((["address", "nodePort"] as const).map((kind) => [frontendSets[kind].tcp.dispatch, kind]));
  return visitSets(family, [...kinds.keys()], true, ({ name }) => ({ key, owner, packets }) => {
    const frontend = frontendOfElement(name, key);
    const kind = kinds.get(name);
    if (owner === undefined || packets === undefined || frontend === undefined || kind === undefined) return;
    onFrontend({ owner, kind, protocol: String(key[kind === "address" ? 1 : 0]), frontend, connections: packets });
  });
}
