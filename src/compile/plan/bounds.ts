/**
 * Limits how much of a table one Service may use. The size of an object is limited, but not ports times endpoints times
 * addresses.
 */

/** The elements that the endpoints of a port need: one in each list. */
export type Demand = { readonly endpoints: number; readonly lists: number };

/** A frontend itself counts as this many elements of a list: it has some of its own, and is stored in several places. */
const frontendElements = 16;

/** The most addresses for a Service with this number of ports. */
export function mostAddresses(ports: number, elementLimit: number): number {
  return Math.max(1, Math.floor(elementLimit / frontendElements / Math.max(1, ports)));
}

/** The most endpoints for each port, so that all ports together stay within the limit of elements. */
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
