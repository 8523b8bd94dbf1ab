import { expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { UseCounts } from "../lab/messages.ts";
import { perProgram } from "./program.ts";
import { row, type Table } from "./row.ts";
import { state } from "./state.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

/** Of 1,000 connections each endpoint gets its share. */
const table: Table = {
  "endpoints-in-several-slices": [
    "B-079 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080 or pod6:8080 or pod7:8080",
    "B-079 client -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080 or pod6:8080 or pod7:8080, masqueraded",
  ],
  "cluster-ip-dual-stack": [
    "B-079 pod3 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod2:8080 or pod5:8080",
    "B-079 node -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded",
  ],
  "cluster-ip-protocols": [
    "B-079 pod2 -> 10.96.0.10:53/udp: pod1:53 or pod5:53",
    "B-079 pod2 -> 10.96.0.10:53/sctp: pod1:53 or pod5:53",
  ],
  "kubia-nodeport": [
    "B-079 client -> 192.0.2.10:30123/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded",
    "B-079, B-081 node -> 192.0.2.10:30123/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded",
  ],
  "node-port-dual-stack": ["B-079 client -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded"],
  "load-balancer-dual-stack": [
    "B-079 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-079 client -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "external-traffic-policy-local-dual-stack": [
    "B-079, B-112 client -> 203.0.113.200:80/tcp: pod1:8080 or pod2:8080",
    "B-079, B-110 pod3 -> 203.0.113.200:80/tcp: pod1:8080 or pod2:8080 or pod5:8080",
    "B-079, B-110 pod3 -> 192.0.2.10:30080/tcp: pod1:8080 or pod2:8080 or pod5:8080",
    "B-079, B-110 pod3 -> [2001:db8:203::200]:80/tcp: pod5:8080 or pod6:8080",
  ],
};

const count = 1000;

const sent = perProgram<UseCounts>();

/** What chi-square exceeds once in 1e8, by degrees of freedom. */
const bounds = [0, 32.8, 36.8, 40.1, 43.1];

describeWithLab("1,000 connections", ({ lab, ipv6Affinity }) => {
  const rows = Object.entries(table).flatMap(([fixture, sentences]) =>
    sentences.map((sentence) => [sentence, fixture] as const),
  );
  test.each(rows)("%s, all alike", async (sentence, fixture) => {
    const { from, to, port, protocol, outcomes } = row(sentence);
    const ruleset = printRuleset(await state(fixture, ipv6Affinity));
    const probe = { from, to, port, protocol, patience };
    const tally = await sent(lab(), sentence, ruleset, () => lab().volley(probe, { count }));
    expect(Object.keys(tally).sort()).toEqual(outcomes);
    const expected = count / outcomes.length;
    const chiSquare = Object.values(tally).reduce((sum, seen) => sum + (seen - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(bounds[outcomes.length - 1] ?? 0);
  });
});
