import { type Protocol, protocols } from "../model/port.ts";
import { printTuple } from "../nft/print-set.ts";
import type { ElementTuple } from "../nft/ruleset.ts";
import type { Frontend } from "./frontends.ts";
import { dispatchMap, endpointsMap, noEndpointsMap, stickyEndpointsMap, stickySet } from "./sets.ts";

/**
 * The frontend that an element of a set belongs to, in the form of `FrontendRules.claim`; undefined where the elements of
 * that set belong to none. What belongs to one frontend makes sense only together.
 */
export function claimOf(set: string, key: ElementTuple): string | undefined {
  const keyOf = keysBySet.get(set);
  return keyOf && printTuple(keyOf(key));
}

/** Whether a set's elements belong to frontends. */
export function isOfFrontends(set: string): boolean {
  return keysBySet.has(set);
}

/** From the key of an element of each set to the key of its frontend in the dispatch map. */
const keysBySet: ReadonlyMap<string, (key: ElementTuple) => ElementTuple> = new Map([
  ...[dispatchMap("address"), noEndpointsMap("address"), "firewalled", "allowed-sources"].map(
    (set) => [set, (key: ElementTuple) => key.slice(0, 3)] as const,
  ),
  ...[dispatchMap("nodePort"), noEndpointsMap("nodePort")].map((set) => [set, (key: ElementTuple) => key] as const),
  ...protocols.flatMap((protocol) =>
    (["address", "nodePort"] as const).flatMap((kind) =>
      [endpointsMap, stickySet, stickyEndpointsMap].map(
        (set) => [set(kind, protocol), (key: ElementTuple) => ofPort(kind, protocol, key)] as const,
      ),
    ),
  ),
]);

function ofPort(kind: Frontend["kind"], protocol: Protocol, [first = "", second = ""]: ElementTuple): ElementTuple {
  return kind === "nodePort" ? [protocol, first] : [first, protocol, second];
}
