import type { ElementTuple, PortRange } from "./ruleset.ts";

/** The first and the last port of a part of a key; equal for a single port. Undefined for an address or a network. */
export function portsOf(part: ElementTuple[number] | undefined): readonly [number, number] | undefined {
  if (typeof part === "number") return [part, part];
  const [, first, last] = /^(\d+)-(\d+)$/.exec(part ?? "") ?? [];
  return first === undefined ? undefined : [Number(first), Number(last)];
}

export function portRange(first: number, last: number): PortRange {
  return first === last ? first : `${first}-${last}`;
}
