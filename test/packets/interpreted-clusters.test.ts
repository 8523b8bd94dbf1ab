import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../src/compile/compile.ts";
import { protocols } from "../../src/model/port.ts";
import { type DynamicMaps, mapsAfter } from "../../src/nft/evaluate/outcome.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import type { Lab } from "../lab/lab.ts";
import { familyOf, node, type Place } from "../lab/world.ts";
import { arbitraryCluster, arbitrarySettings } from "../support/arbitrary-cluster.ts";
import { type Interpreted, type Interpreter, interpreter, type Journey } from "./interpret.ts";
import { volleySize } from "./send.ts";
import { describeWithLab } from "./with-lab.ts";

/** To one of the frontends that there are, by a number, or to somewhere. */
const arbitraryPacket = fc.record({
  from: fc.constantFrom<Place | "other client">("client", "other client", "node", "node2", "pod1", "pod2", "pod5"),
  frontend: fc.nat(),
  somewhere: fc.record({
    to: fc.constantFrom(
      ...[
        "10.96.0.1",
        "10.96.0.2",
        "10.96.0.9",
        "10.97.0.1",
        "192.0.2.10",
        "192.0.2.11",
        "198.51.100.1",
        "203.0.113.1",
      ],
      ...["fd00:10:96::1", "fd00:10:96::9", "2001:db8:2::10", "2001:db8:198::1", "2001:db8:203::2"],
    ),
    port: fc.constantFrom(80, 443, 30001, 30002, 8080),
    protocol: fc.constantFrom<Journey["protocol"]>("tcp", "udp", "sctp", "icmp"),
  }),
});

const arbitraryCase = fc.record({
  cluster: arbitraryCluster,
  settings: arbitrarySettings,
  packets: fc.array(arbitraryPacket, { minLength: 20, maxLength: 20 }),
});

type Case = typeof arbitraryCase extends fc.Arbitrary<infer T> ? T : never;

describeWithLab("random clusters", ({ lab, ipv6Affinity }) => {
  test("the interpreter predicts the outcome of 260 packets", async () => {
    const cases = fc.sample(arbitraryCase, { numRuns: 13, seed: ipv6Affinity === "hash" ? 1 : 2 });
    for (const [index, { cluster, settings, packets }] of cases.entries()) {
      const ip6 = { ...settings.families.ip6, affinity: ipv6Affinity };
      const { ruleset } = compile(cluster, { ...settings, families: { ...settings.families, ip6 } });
      await lab().load(printRuleset(ruleset));
      const interpret = interpreter(ruleset, "routed");
      const journeys = packets.map((packet) => journeyOf(packet, ruleset));
      // Two that go the same way would find each other remembered.
      const distinct = new Map(journeys.map((journey) => [JSON.stringify(journey), journey]));
      const comparisons = [...distinct.values()].map(async (journey) => {
        const outcomes = interpret(journey);
        const isSticky = outcomes.some(({ effects }) => effects.length > 0);
        return isSticky ? stickyComparison(lab(), interpret, journey) : comparison(lab(), outcomes, journey);
      });
      for (const { seen, expected, ...what } of await Promise.all(comparisons)) {
        expect({ index, ...what, seen }).toEqual({ index, ...what, seen: expected });
      }
    }
  });
});

type Comparison = { readonly journey: Journey; readonly seen: readonly string[]; readonly expected: readonly string[] };

/** Each outcome that is possible is seen, and no other. */
async function comparison(lab: Lab, outcomes: readonly Interpreted[], journey: Journey): Promise<Comparison> {
  const expected = [...new Set(outcomes.map(({ words }) => words))].sort();
  const count = outcomes.length === 1 ? 2 : volleySize(outcomes.length);
  return { journey, seen: await send(lab, journey, expected, count), expected };
}

/** Each of some packets, one after another, has an outcome that is possible after those before it. */
async function stickyComparison(lab: Lab, interpret: Interpreter, journey: Journey): Promise<Comparison> {
  const seen: string[] = [];
  let possible: readonly DynamicMaps[] = [new Map()];
  for (let packet = 1; packet <= 3; packet++) {
    const outcomes = possible.flatMap((maps) => interpret(journey, maps).map((outcome) => ({ ...outcome, maps })));
    const expected = [...new Set(outcomes.map(({ words }) => words))].sort();
    const [words = ""] = await send(lab, journey, expected, 1);
    seen.push(words);
    if (!expected.includes(words)) return { journey, seen, expected };
    possible = outcomes
      .filter((outcome) => outcome.words === words)
      .map(({ maps, effects }) => mapsAfter(maps, effects));
  }
  return { journey, seen, expected: seen };
}

/** What is seen of some packets, which wait for an answer as long as it takes if there is to be one. */
async function send(
  lab: Lab,
  journey: Journey,
  expected: readonly string[],
  count: number,
): Promise<readonly string[]> {
  const isSilent = expected.includes("dropped");
  const patience = !isSilent ? 20_000 : expected.length === 1 ? 400 : 1000;
  const tally = await lab.volley({ ...journey, patience }, { count, atOnce: isSilent ? count : 20 });
  // Who uses SCTP sees an answer that comes from elsewhere; others do not.
  const seen = Object.keys(tally).map((words) => (words.startsWith("answer from ") ? "dropped" : words));
  return [...new Set(seen)].sort();
}

function journeyOf({ from, frontend, somewhere }: Case["packets"][number], ruleset: Ruleset): Journey {
  const all = frontends(ruleset);
  const { to, port, protocol } = all[frontend % (all.length + 4)] ?? somewhere;
  const otherClient = familyOf(to) === 4 ? "client:192.0.2.104" : "client:2001:db8:2::104";
  return { from: from === "other client" ? otherClient : from, to, port: protocol === "icmp" ? 0 : port, protocol };
}

/** Where the rules have something to do. A NodePort is called at the node's first address. */
function frontends(ruleset: Ruleset): readonly Pick<Journey, "to" | "port" | "protocol">[] {
  const maps = ["services", "no-endpoints", "node-ports", "node-ports-no-endpoints"];
  return ruleset.flatMap(({ family, sets }) =>
    maps
      .flatMap((map) => sets.get(map)?.elements ?? [])
      .map(({ key }) => {
        const [to, name, port] = key.length === 3 ? key : [family === "ip" ? node.ipv4 : node.ipv6, ...key];
        const protocol = protocols.find((protocol) => protocol === name) ?? "tcp";
        return { to: String(to), port: Number(port), protocol };
      }),
  );
}
