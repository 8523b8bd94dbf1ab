import { expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { words } from "../lab/messages.ts";
import { type Edit, substituted, without } from "./edits.ts";
import { change, state } from "./state.ts";
import { callAll, dualStack, type Frontend, outcomes, patience, remembering } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

const pod5 = ["pod5:8080 masqueraded"];

/** UDP and SCTP to a ClusterIP of pod1 and pod5. */
const datagrams = "session-affinity-udp";
const datagramFrontends: readonly Frontend[] = [
  { to: "10.96.0.10", port: 53, protocol: "udp" },
  { to: "10.96.0.10", port: 53, protocol: "sctp" },
];

/** externalTrafficPolicy Local; pod1 and pod2, which are here, and pod5. */
const policyLocal = "session-affinity-external-traffic-policy-local";
const policyLocalFrontends: readonly Frontend[] = [
  { to: "203.0.113.200", port: 80 },
  { to: "192.0.2.10", port: 30080 },
];

describeWithLab("a sticky client whose endpoint is gone", (scene) => {
  const { lab, ipv6Affinity } = scene;
  const load = async (fixture: string, edit?: Edit) => {
    const ruleset = await state(fixture, ipv6Affinity, edit);
    await lab().load(printRuleset(ruleset));
    return ruleset;
  };

  test("B-153 over TCP, repeats its SYN and has another one from then on", async () => {
    const before = await load(dualStack);
    await callAll(lab(), remembering(scene));
    const after = await state(dualStack, ipv6Affinity, without("10.244.1.11", "fd00:10:244:1::11"));
    await change(lab(), before, after);
    for (const calls of await callAll(lab(), remembering(scene))) expect(outcomes(calls)).toEqual(pod5);
    for (const calls of await callAll(lab(), remembering(scene))) expect(outcomes(calls)).toEqual(pod5);
  });

  // Nobody repeats a datagram: who gets an answer has lost none.
  test("B-153 over UDP or SCTP, loses one packet at most; others lose none", async () => {
    const before = await load(datagrams);
    const first = await callAll(lab(), datagramFrontends);
    await change(lab(), before, await state(datagrams, ipv6Affinity, without("10.244.1.11")));
    const remaining = "pod5:53 masqueraded";
    const isHealthy = (frontend: number, client: string) => first[frontend]?.[client] === remaining;
    const next = await callAll(lab(), datagramFrontends, (...who) => (isHealthy(...who) ? patience : 400));
    for (const [frontend, calls] of next.entries()) {
      for (const [client, outcome] of Object.entries(calls)) {
        expect(isHealthy(frontend, client) ? [remaining] : [remaining, "dropped"]).toContain(outcome);
      }
    }
    for (const calls of await callAll(lab(), datagramFrontends)) expect(outcomes(calls)).toEqual([remaining]);
  });

  test("B-153 where clients are hashed, has another one at once", async () => {
    const fixture = "session-affinity-external-traffic-policy-local-ipv6";
    const frontends = [{ to: "fd00:10:96::10", port: 53, protocol: "udp" }] as const;
    const before = await state(fixture, "hash");
    await lab().load(printRuleset(before));
    const first = await callAll(lab(), frontends);
    expect(await callAll(lab(), frontends)).toEqual(first);
    await change(lab(), before, await state(fixture, "hash", without("fd00:10:244:1::11")));
    const [calls = {}] = await callAll(lab(), frontends);
    for (const outcome of outcomes(calls)) expect(["pod2:53 masqueraded", "pod5:53 masqueraded"]).toContain(outcome);
    expect(await callAll(lab(), frontends)).toEqual([calls]);
  });

  test("B-112, B-158 as the policy becomes Local: outsiders get endpoints here, pods keep theirs", async () => {
    const before = await load(policyLocal, substituted("TrafficPolicy: Local", "TrafficPolicy: Cluster"));
    await callAll(lab(), policyLocalFrontends);
    const callFromHere = async () => {
      const froms = ["pod3", "pod4", "node"] as const;
      const probes = froms.flatMap((from) => policyLocalFrontends.map((frontend) => ({ from, ...frontend, patience })));
      const seen = await Promise.all(probes.map((probe) => lab().probe(probe)));
      return seen.map((outcome) => words(outcome).replace(" masqueraded", ""));
    };
    const fromHere = await callFromHere();
    await change(lab(), before, await state(policyLocal, ipv6Affinity));
    for (const calls of await callAll(lab(), policyLocalFrontends)) {
      for (const outcome of outcomes(calls)) expect(["pod1:8080", "pod2:8080"]).toContain(outcome);
    }
    expect(await callFromHere()).toEqual(fromHere);
  });

  test("B-112, B-158 as its endpoint moves to another node, gets one that is here", async () => {
    const before = await load(policyLocal);
    await callAll(lab(), policyLocalFrontends);
    const moved = substituted("[10.244.1.11], nodeName: node-1", "[10.244.1.11], nodeName: node-2");
    await change(lab(), before, await state(policyLocal, ipv6Affinity, moved));
    for (const calls of await callAll(lab(), policyLocalFrontends)) expect(outcomes(calls)).toEqual(["pod2:8080"]);
  });
});
