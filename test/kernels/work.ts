import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import type { Probe } from "../lab/lab.ts";
import { substituted } from "../packets/edits.ts";
import { state } from "../packets/state.ts";
import type { Replacement } from "./findings.ts";

/** The fixtures whose packets are sent: together they have every kind of rule. */
export const packetFixtures = [
  "cluster-ip-protocols",
  "demo",
  "detect-local-interface-name-prefix",
  "external-traffic-policy-local-ipv6",
  "load-balancer-dual-stack",
  "node-port-addresses-cidrs",
  "service-cidrs",
  "session-affinity-dual-stack",
  "session-affinity-ipv6-hash",
  "source-ranges",
] as const;

const anybody = ["client", "pod4", "node"] as const;

/** Lists of one, of several and of two, and short-circuits. No sticky ones: there a packet is lost by design. */
const replaced: readonly (Pick<Replacement, "fixture" | "calls"> & { readonly pod: string; readonly by: string })[] = [
  { fixture: "cluster-ip-hairpin", pod: "10.244.1.11", by: "10.244.1.13", calls: from(anybody, "10.96.0.10", 80) },
  {
    fixture: "demo",
    pod: "10.244.1.11",
    by: "10.244.1.13",
    calls: [
      ...from(["client"], "10.96.0.10", 80),
      ...from(["node"], "10.96.0.11", 443),
      ...from(["client"], "192.0.2.10", 30080),
    ],
  },
  {
    fixture: "external-traffic-policy-local",
    pod: "10.244.1.11",
    by: "10.244.1.13",
    calls: [...from(["client", "node"], "203.0.113.200", 80), ...from(["client"], "192.0.2.10", 30080)],
  },
  {
    fixture: "cluster-ip-dual-stack",
    pod: "fd00:10:244:1::11",
    by: "fd00:10:244:1::13",
    calls: from(anybody, "fd00:10:96::10", 80),
  },
];

export function replacements(): Promise<readonly Replacement[]> {
  return Promise.all(
    replaced.map(async ({ fixture, pod, by, calls }) => {
      const [first, second] = await Promise.all([state(fixture, "hash"), state(fixture, "hash", substituted(pod, by))]);
      const line = (before: typeof first, after: typeof first): string => {
        const tables = after.map((table) =>
          diffTables(
            before.find(({ family }) => family === table.family),
            table,
          ),
        );
        return printTransactions(tables).trimEnd().replaceAll("\n", "; ");
      };
      return { fixture, ruleset: printRuleset(first), there: line(first, second), back: line(second, first), calls };
    }),
  );
}

function from(places: readonly (typeof anybody)[number][], to: string, port: number): readonly Probe[] {
  return places.map((place) => ({ from: place, to, port, patience: 60_000 }));
}
