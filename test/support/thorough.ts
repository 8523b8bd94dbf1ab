/** With THOROUGH=1, tests that draw samples draw far more. They prove the same, but find rare faults more easily. */
export const isThorough = process.env["THOROUGH"] === "1";

/** The number of random attempts. */
export function times(usually: number, thoroughly: number): number {
  return isThorough ? thoroughly : usually;
}
