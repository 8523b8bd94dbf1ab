import type { EndpointState } from "../../model/endpoints.ts";
import type { Candidates, Listing } from "./endpoints.ts";
import type { EndpointDecision } from "./service-plan.ts";
import type { EndpointUse, ListName } from "./topology.ts";

/** The decision about each candidate. A slice has only a few different decisions, whatever the number of its endpoints. */
export function decisionsOf(
  { endpoints: { states }, listingAt, duplicates }: Candidates,
  uses: Readonly<Record<ListName, (state: EndpointState) => EndpointUse>>,
  nodeName: string,
): readonly EndpointDecision[] {
  const made = new Map<Listing, EndpointDecision[]>();
  return states.map((state, place) => {
    const listing = listingAt(place);
    const isDuplicate = duplicates.has(place);
    const use = (list: ListName) => usedOnce(uses[list](state), isDuplicate);
    const [isLocal, cluster, local] = [state.nodeName === nodeName, use("cluster"), use("local")];
    const others = made.get(listing) ?? [];
    for (const each of others)
      if (each.isLocal === isLocal && each.cluster === cluster && each.local === local) return each;
    const decision = { port: listing.port, slice: listing.slice, isLocal, cluster, local };
    made.set(listing, [...others, decision]);
    return decision;
  });
}

function usedOnce(use: EndpointUse, isDuplicate: boolean): EndpointUse {
  return isDuplicate && use !== "list not needed" ? "listed twice" : use;
}
