import type { Lab, Probe } from "../lab/lab.ts";
import { addresses, familyOf } from "../lab/world.ts";
import type { Row } from "./row.ts";

/** What comes of a row's packets, in the lab's words and in order; of a sticky row, each client's outcomes together. */
export async function send(lab: Lab, row: Row): Promise<readonly string[]> {
  const probe = probeOf(row);
  if (row.isSticky) {
    const seen = await Promise.all(
      clients(row).map((from) => lab.volley({ ...probe, from }, { count: timesToStick, atOnce: 1 })),
    );
    return [...new Set(seen.map((tally) => Object.keys(tally).sort().join(" and ")))].sort();
  }
  const count = volleySize(row.outcomes.length);
  // Silence is waited for together.
  const atOnce = row.outcomes.includes("dropped") ? count : 20;
  return Object.keys(await lab.volley(probe, { count, atOnce })).sort();
}

function probeOf({ from, to, port, protocol, outcomes }: Row): Probe {
  const isMute = outcomes.every((outcome) => outcome === "dropped");
  return { from, to, port, protocol, patience: isMute ? 400 : outcomes.includes("dropped") ? 2000 : 20_000 };
}

/** So many that a missing endpoint, or one too many, is as good as certain to show: the chance to miss one is 1e-9. */
export function volleySize(endpoints: number): number {
  return endpoints === 1 ? 10 : Math.ceil(Math.log(1e-9 / endpoints) / Math.log(1 - 1 / endpoints));
}

const timesToStick = 8;

/** Every address that may call. One alone can be lucky: it stays where it was by chance. */
export function clients({ from, to }: Row): readonly Probe["from"][] {
  if (from !== "client") return [from];
  return addresses.client
    .filter((address) => familyOf(address) === familyOf(to))
    .map((address) => `client:${address}` as const);
}
