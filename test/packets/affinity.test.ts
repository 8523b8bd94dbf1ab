import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { affinityTimeout, substituted, without } from "./edits.ts";
import { change, restore, state } from "./state.ts";
import { callAll, dualStack, patience, remembering } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

/** Seconds, three quarters of which a busy machine may take for a call. */
const timeout = 8;

const withoutPod1 = without("10.244.1.11", "fd00:10:244:1::11");

describeWithLab("session affinity lasts", (scene) => {
  const { lab, ipv6Affinity } = scene;
  const remembered = remembering(scene);

  test("B-154, B-155 for the timeout after the last new connection of the client", async () => {
    await lab().load(printRuleset(await state(dualStack, ipv6Affinity, affinityTimeout(timeout))));
    const active = remembered.filter(({ port }) => port === 80);
    const idle = remembered.filter(({ port }) => port !== 80);
    const [activeFirst, idleFirst] = [await callAll(lab(), active), await callAll(lab(), idle)];
    const open = await Promise.all(idle.map((frontend) => lab().open({ from: "client", ...frontend, patience })));
    for (let calls = 1; calls <= 5; calls++) {
      await setTimeout((timeout * 1000) / 4);
      expect(await callAll(lab(), active)).toEqual(activeFirst);
      for (const connection of open) expect(await connection.again()).toEqual(connection.outcome);
    }
    for (const connection of open) await connection.hangUp();
    for (const [index, frontend] of idle.entries()) {
      // Of ten clients one draws another endpoint, if not at once then soon.
      let [calls] = await callAll(lab(), [frontend]);
      for (let more = 1; more < 4 && JSON.stringify(calls) === JSON.stringify(idleFirst[index]); more++) {
        await setTimeout(timeout * 1000 + 500);
        [calls] = await callAll(lab(), [frontend]);
      }
      expect(calls).not.toEqual(idleFirst[index]);
    }
  });

  test("B-165 when an endpoint is added, and when the tables are refilled", async () => {
    const fewer = await state(dualStack, ipv6Affinity, withoutPod1);
    const all = await state(dualStack, ipv6Affinity);
    await lab().load(printRuleset(all));
    const first = await callAll(lab(), remembered);
    await restore(lab(), all);
    expect(await callAll(lab(), remembered)).toEqual(first);
    await lab().load(printRuleset(fewer));
    const ofFewer = await callAll(lab(), remembered);
    await change(lab(), fewer, all);
    expect(await callAll(lab(), remembered)).toEqual(ofFewer);
  });

  test("W-20 while an endpoint is away, if the client does not call", async () => {
    const all = await state(dualStack, ipv6Affinity);
    const fewer = await state(dualStack, ipv6Affinity, withoutPod1);
    await lab().load(printRuleset(all));
    const first = await callAll(lab(), remembered);
    await change(lab(), all, fewer);
    await change(lab(), fewer, all);
    expect(await callAll(lab(), remembered)).toEqual(first);
  });

  test("B-153 with an endpoint that is a process of the node", async () => {
    const sticky = substituted("spec:\n  clusterIP", "spec:\n  sessionAffinity: ClientIP\n  clusterIP");
    await lab().load(printRuleset(await state("endpoints-on-host-network", ipv6Affinity, sticky)));
    const frontends = [{ to: "10.96.0.10", port: 80 }];
    const first = await callAll(lab(), frontends);
    for (let more = 1; more <= 6; more++) expect(await callAll(lab(), frontends)).toEqual(first);
  });
});
