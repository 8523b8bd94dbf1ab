import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import type { EndpointState } from "../../model/endpoints.ts";
import type { Port } from "../../model/port.ts";
import type { Candidates } from "./endpoints.ts";
import type { EndpointDecision } from "./service-plan.ts";
import type { EndpointUse, ListName } from "./topology.ts";

/** The decision about each candidate. A slice has only a few different decisions, whatever the number of its endpoints. */
export function decisionsOf(
  { endpoints: { states }, listingAt, duplicates }: Candidates,
  uses: Readonly<Record<ListName, (state: EndpointState) => EndpointUse>>,
  nodeName: string,
): readonly EndpointDecision[] {
  const shared = sharedDecisions();
  return states.map((state, place) => {
    const { port, slice } = listingAt(place);
    const isDuplicate = duplicates.has(place);
    const cluster = usedOnce(uses.cluster(state), isDuplicate);
    const local = usedOnce(uses.local(state), isDuplicate);
    return shared(port, slice, state.nodeName === nodeName, cluster, local);
  });
}

/** Returns a function that makes decisions; equal decisions are one object. */
function sharedDecisions() {
  let last: EndpointDecision | undefined;
  let made: Map<EndpointSlice, readonly EndpointDecision[]> | undefined;
  return (port: Port, slice: EndpointSlice, isLocal: boolean, cluster: EndpointUse, local: EndpointUse) => {
    const isSame = (each: EndpointDecision) =>
      each.port === port && each.isLocal === isLocal && each.cluster === cluster && each.local === local;
    if (last?.slice === slice && isSame(last)) return last;
    // Most Services have one decision, and need no Map.
    if (last !== undefined && made === undefined) made = new Map([[last.slice, [last]]]);
    const known = made?.get(slice) ?? [];
    const decision = known.find(isSame) ?? { port, slice, isLocal, cluster, local };
    if (!known.includes(decision)) made?.set(slice, [...known, decision]);
    last = decision;
    return decision;
  };
}

function usedOnce(use: EndpointUse, isDuplicate: boolean): EndpointUse {
  return isDuplicate && use !== "list not needed" ? "listed twice" : use;
}
