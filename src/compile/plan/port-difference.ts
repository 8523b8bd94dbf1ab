import type { Places, PortPlan } from "./service-plan.ts";

/**
 * The places at which the endpoints of two ports differ. Outside these places, both have the same endpoints with the same
 * decisions. As both are sorted, a small change of a long list has few places.
 */
export function differingPlaces(a: PortPlan, b: PortPlan): readonly [Places, Places] {
  let [first, endOfA, endOfB] = [0, a.decisions.length, b.decisions.length];
  while (first < endOfA && first < endOfB && isSameAt(a, first, b, first)) first += 1;
  while (endOfA > first && endOfB > first && isSameAt(a, endOfA - 1, b, endOfB - 1)) {
    endOfA -= 1;
    endOfB -= 1;
  }
  return [
    { first, end: endOfA },
    { first, end: endOfB },
  ];
}

/** Whether two ports are balanced in the same way, apart from their endpoints. */
export function haveSameFrontends(a: PortPlan, b: PortPlan): boolean {
  return JSON.stringify([a.port, a.frontends]) === JSON.stringify([b.port, b.frontends]);
}

function isSameAt(a: PortPlan, placeInA: number, b: PortPlan, placeInB: number): boolean {
  const [one, other] = [a.decisions[placeInA], b.decisions[placeInB]];
  return (
    a.endpoints.addresses[placeInA] === b.endpoints.addresses[placeInB] &&
    a.endpoints.states[placeInA] === b.endpoints.states[placeInB] &&
    one?.port === other?.port &&
    one?.isLocal === other?.isLocal &&
    one?.cluster === other?.cluster &&
    one?.local === other?.local
  );
}
