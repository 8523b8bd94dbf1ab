import { setTimeout } from "node:timers/promises";
import type { Lab } from "../lab/lab.ts";
import type { UseCounts } from "../lab/messages.ts";
import { addresses, familyOf } from "../lab/world.ts";
import { times } from "../support/thorough.ts";

/** How many times as long a flood lasts. */
const factor = times(1, 20);

/** How many connections each of the two makes in one go. */
const count = 200;

export type Flood = {
  readonly to: string;
  readonly changes: number;
  /** The minimum number of connections, and the number for each change. */
  readonly connections: number;
  readonly change: () => Promise<void>;
};

/**
 * Opens new connections to TCP port 80 of an address, from outside and from a pod, while changes are made. Resolves with
 * the number of each outcome, in the lab's words.
 */
export async function flood(lab: Lab, { to, changes, connections, change }: Flood): Promise<UseCounts> {
  const tally: Record<string, number> = {};
  let made = 0;
  let isGoingOn = true;
  const sources = addresses.client.filter((address) => familyOf(address) === familyOf(to));
  const callFrom = async (from: "client" | "pod4", options: { readonly sources?: readonly string[] }) => {
    try {
      while (isGoingOn) {
        const part = await lab.volley({ from, to, port: 80, patience: 20_000 }, { count, atOnce: 50, ...options });
        for (const [outcome, times] of Object.entries(part)) tally[outcome] = (tally[outcome] ?? 0) + times;
        made += count;
      }
    } finally {
      isGoingOn = false;
    }
  };
  const changeAll = async () => {
    try {
      for (let done = 1; done <= changes * factor; done++) {
        await change();
        while (isGoingOn && made < (done * connections) / changes) await setTimeout(5);
      }
    } finally {
      isGoingOn = false;
    }
  };
  await Promise.all([callFrom("client", { sources }), callFrom("pod4", {}), changeAll()]);
  return tally;
}
