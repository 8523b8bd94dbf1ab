import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/service-plan.ts";
import { type Conntrack, ConntrackReconciler } from "../../../src/daemon/follow/conntrack.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { address } from "../../../src/model/address.ts";
import type { Flow } from "../../../src/netlink/conntrack.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

/** A table of flows, and a Service of which all flows are stale, as it has no endpoints. */
function story(flows: Flow[]) {
  const clock = new FakeClock();
  const told: string[] = [];
  const failures: Error[] = [];
  const conntrack: Conntrack = {
    async deleteFlows(_family, _protocols, ownerOf) {
      const failure = failures.shift();
      if (failure) throw failure;
      const kept = flows.filter((flow) => ownerOf(flow) === undefined);
      const counts = { flows: { udp: flows.length }, deleted: flows.length - kept.length };
      flows.splice(0, flows.length, ...kept);
      return counts;
    },
  };
  const reconciler = new ConntrackReconciler({
    family: "ip",
    conntrack,
    clock,
    random: () => 0,
    events: {
      flowsCleaned: (round) => told.push(`${clock.now()} ${round.deleted} of ${round.flows.udp}`),
      flowsFailed: (_, error, retry, isNew) =>
        told.push(`${clock.now()} ${error}, ${isNew ? "new" : "again"} ${retry}`),
    },
  });
  const abort = new AbortController();
  const ended = reconciler.run(abort.signal);
  const stop = () => {
    abort.abort();
    return ended;
  };
  return { clock, told, failures, reconciler, stop };
}

const [destination, replySource] = [address("10.96.0.10"), address("10.1.0.1")];
if (destination === undefined || replySource === undefined) throw new Error("no addresses");
const where = { destination, destinationPort: 53, replySource, replySourcePort: 53 };
const flow: Flow = { protocol: "udp", ...where, masqueraded: undefined };

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "default", name: "dns" },
  spec: { clusterIPs: ["10.96.0.10"], ports: [{ name: "dns", protocol: "UDP", port: 53 }] },
};

const [decoded] = decodeCluster([{ object: service }]).cluster.services;
const dns = decoded && planService(decoded, [], "ip", settings);

test("it does nothing until something changes, and then looks again for what came in meanwhile", async () => {
  const flows = [flow];
  const { clock, told, reconciler, stop } = story(flows);
  await settle();
  expect(told).toEqual([]);
  reconciler.setService("default/dns", dns);
  await settle();
  expect(told).toEqual(["0 1 of 1"]);
  flows.push(flow, flow);
  expect(await clock.advance()).toBe(true);
  expect(told).toEqual(["0 1 of 1", "1000 2 of 2"]);
  flows.push(flow);
  expect(await clock.advance()).toBe(false);
  await stop();
});

test("what finds nothing to delete is not repeated", async () => {
  const { clock, told, reconciler, stop } = story([]);
  reconciler.setService("default/dns", dns);
  await settle();
  expect(told).toEqual(["0 0 of 0"]);
  expect(await clock.advance()).toBe(false);
  await stop();
});

test("W-05 a failure is told and tried again, sooner first, and forgets nothing", async () => {
  const { clock, told, failures, reconciler, stop } = story([flow]);
  failures.push(new Error("interrupted"), new Error("interrupted"));
  reconciler.setService("default/dns", dns);
  await settle();
  while (await clock.advance());
  expect(told).toEqual([
    "0 Error: interrupted, new 50",
    "50 Error: interrupted, again 100",
    "150 1 of 1",
    "1150 0 of 0",
  ]);
  await stop();
});
