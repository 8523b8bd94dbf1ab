import { allRefusals, type RefusalReason } from "../../compile/lower/nftables/refusals.ts";
import { frontendOfElement } from "../../compile/lower/nftables/sets.ts";
import type { Owned } from "../../daemon/agent.ts";
import { address, type Family } from "../../model/address.ts";
import { visitSets } from "./known-table.ts";

/** The number of packets that were refused or dropped for a reason. */
export type CountedRefusals = {
  readonly reason: RefusalReason;
  /** Their target; for a port that a ClusterIP does not have, the ClusterIP. */
  readonly of: Owned;
  readonly packets: number;
};

/** Reports the packets that our table has refused or dropped, if any. Needs rules with counters. */
export function readRefusals(family: Family, onRefused: (counted: CountedRefusals) => void): Promise<void> {
  return visitSets(family, [...reasons.keys()], true, ({ name }) => ({ key, packets = 0 }) => {
    const reason = reasons.get(name);
    const frontend = frontendOfElement(name, key);
    const clusterIP = address(String(key[0]));
    if (reason === undefined || packets === 0) return;
    if (frontend !== undefined) onRefused({ reason, of: { frontend }, packets });
    else if (clusterIP !== undefined) onRefused({ reason, of: { clusterIP }, packets });
  });
}

const reasons: ReadonlyMap<string, RefusalReason> = new Map(allRefusals.map(({ set, reason }) => [set, reason]));
