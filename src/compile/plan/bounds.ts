/**
 * What one Service may take of a table. What is in an object is bounded, but not what it comes to: ports times endpoints
 * times addresses.
 */

/** What the endpoints of a port come to: each is an element of so many lists. */
export type Demand = { readonly endpoints: number; readonly lists: number };

/** A frontend itself counts as so many elements of a list: it has some of its own, and is remembered in several ways. */
const frontendElements = 16;

/** The most addresses that a Service with so many ports may be served on. */
export function mostAddresses(ports: number, elementLimit: number): number {
  return Math.max(1, Math.floor(elementLimit / frontendElements / Math.max(1, ports)));
}

/** The most endpoints that each port may have, so that all ports together have no more elements than the limit. */
export function mostEndpoints(demands: readonly Demand[], elementLimit: number): number {
  let rest = elementLimit;
  let lists = demands.reduce((sum, demand) => sum + demand.lists, 0);
  if (demands.reduce((sum, demand) => sum + demand.endpoints * demand.lists, 0) <= elementLimit) {
    return Number.POSITIVE_INFINITY;
  }
  for (const demand of demands.toSorted((a, b) => a.endpoints - b.endpoints)) {
    if (demand.endpoints * lists > rest) return Math.floor(rest / lists);
    rest -= demand.endpoints * demand.lists;
    lists -= demand.lists;
  }
  return Number.POSITIVE_INFINITY;
}
