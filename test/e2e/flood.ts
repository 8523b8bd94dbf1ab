import type { Lab } from "../lab/lab.ts";
import { addresses, familyOf } from "../lab/world.ts";

/** How long a flood lasts: a minute is the full test. */
const seconds = Number(process.env["KUBE_NFT_E2E_FLOOD_SECONDS"] ?? 15);

/** How connections ended, in the words of the lab, and how many there were each second. */
export type Flooded = { readonly tally: Readonly<Record<string, number>>; readonly perSecond: number };

/** Opens new connections to TCP port 80 of an address, from outside and from a pod, while `body` is done again and again. */
export async function flood(lab: Lab, to: string, body: () => Promise<void>): Promise<Flooded> {
  const began = performance.now();
  const end = began + seconds * 1000;
  const tally: Record<string, number> = {};
  const sources = addresses.client.filter((address) => familyOf(address) === familyOf(to));
  const callFrom = async (from: "client" | "pod4", options: { readonly sources?: readonly string[] }) => {
    while (isGoingOn) {
      const part = await lab.volley({ from, to, port: 80, patience: 10_000 }, { count: 500, atOnce: 50, ...options });
      for (const [outcome, count] of Object.entries(part)) tally[outcome] = (tally[outcome] ?? 0) + count;
    }
  };
  let isGoingOn = true;
  const change = async () => {
    try {
      while (performance.now() < end) await body();
    } finally {
      isGoingOn = false;
    }
  };
  await Promise.all([callFrom("client", { sources }), callFrom("pod4", {}), change()]);
  const count = Object.values(tally).reduce((sum, each) => sum + each, 0);
  return { tally, perSecond: Math.round((count * 1000) / (performance.now() - began)) };
}
