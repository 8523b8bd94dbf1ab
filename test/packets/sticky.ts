import type { Lab } from "../lab/lab.ts";
import { type Protocol, words } from "../lab/messages.ts";
import { addresses, familyOf } from "../lab/world.ts";
import type { Scene } from "./with-lab.ts";

export type Frontend = { readonly to: string; readonly port: number; readonly protocol?: Protocol };

/** A Service with session affinity, of pod1 and pod5, with a ClusterIP and a NodePort in each family. */
export const dualStack = "session-affinity-dual-stack";
const dualStackFrontends: readonly Frontend[] = [
  { to: "10.96.0.10", port: 80 },
  { to: "192.0.2.10", port: 30080 },
  { to: "fd00:10:96::10", port: 80 },
  { to: "2001:db8:2::10", port: 30080 },
];

/** Those whose clients are remembered: IPv6 clients are only where nft can. */
export function remembering({ ipv6Affinity }: Scene): readonly Frontend[] {
  return dualStackFrontends.filter(({ to }) => ipv6Affinity === "remember" || familyOf(to) === 4);
}

/** Who expects an answer has so many milliseconds. */
export const patience = 20_000;

/** What came of a call from each of the client's addresses, in the lab's words. */
export type Calls = Readonly<Record<string, string>>;

/** Each of the client's addresses calls each frontend once. `silence`: how long it waits, if not long. */
export function callAll(
  lab: Lab,
  frontends: readonly Frontend[],
  silence: (frontend: number, source: string) => number = () => patience,
): Promise<readonly Calls[]> {
  return Promise.all(
    frontends.map(async (frontend, index) => {
      const sources = addresses.client.filter((address) => familyOf(address) === familyOf(frontend.to));
      const calls = sources.map(async (source) => {
        const outcome = await lab.probe({ ...frontend, from: `client:${source}`, patience: silence(index, source) });
        return [source, words(outcome)] as const;
      });
      return Object.fromEntries(await Promise.all(calls));
    }),
  );
}

/** Each outcome once, in order. */
export function outcomes(calls: Calls): readonly string[] {
  return [...new Set(Object.values(calls))].sort();
}
