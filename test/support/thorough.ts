/** With THOROUGH=1, tests that draw samples draw far more. What they prove is the same; rare faults are likelier found. */
export const isThorough = process.env["THOROUGH"] === "1";

/** How often something random is tried. */
export function times(usually: number, thoroughly: number): number {
  return isThorough ? thoroughly : usually;
}
