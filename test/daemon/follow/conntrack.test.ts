import { expect, test } from "@jest/globals";
import { frontendsOfPort } from "../../../src/compile/lower/planned-frontend.ts";
import { frontendKeyOf } from "../../../src/compile/plan/frontends.ts";
import { type Conntrack, ConntrackReconciler } from "../../../src/daemon/follow/conntrack.ts";
import type { Round } from "../../../src/daemon/table/round.ts";
import type { Protocol } from "../../../src/model/port.ts";
import type { Flow } from "../../../src/netlink/conntrack.ts";
import { ip, planAmong, portOf, service, servicePort } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

/** A table of flows, and a Service of which all flows are stale, as it has no endpoints. */
function story(flows: Flow[]) {
  const clock = new FakeClock();
  const told: string[] = [];
  const failures: Error[] = [];
  const frontends = new Map(planOf(["tcp", "udp"]).ports.flatMap((port) => owned(port.port.protocol)));
  const conntrack: Conntrack = {
    async deleteFlows(_family, protocols, ownerOf) {
      const failure = failures.shift();
      if (failure) throw failure;
      const counts: Partial<Record<Protocol, number>> = {};
      let deleted = 0;
      for (const protocol of protocols) {
        const ofProtocol = flows.filter((flow) => flow.protocol === protocol);
        counts[protocol] = ofProtocol.length;
        const stale = ofProtocol.filter((flow) => ownerOf(flow) !== undefined);
        for (const each of stale) flows.splice(flows.indexOf(each), 1);
        deleted += stale.length;
      }
      return { flows: counts, deleted };
    },
    ownSockets: () => ({ hasAddress: () => false, takesUDP: () => false, hasUDP: () => false }),
  };
  const reconciler = new ConntrackReconciler({
    family: "ip",
    conntrack,
    ownerOf: (frontend) => frontends.get(frontend),
    clock,
    random: () => 0,
    events: {
      flowsCleaned: ({ deleted, flows }) => told.push(`${clock.now()} ${deleted} of ${JSON.stringify(flows)}`),
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
  return { clock, told, failures, frontends, reconciler, stop };
}

function planOf(protocols: readonly Protocol[]) {
  const ports = protocols.map((protocol) => servicePort({ name: protocol, protocol, port: portOf(53) }));
  return planAmong(service({ ports }), [], settings);
}

function owned(protocol: Protocol) {
  const plan = planOf([protocol]);
  const frontends = plan.ports.flatMap((port) => frontendsOfPort(plan, port, settings));
  return frontends.map((each) => [each.key, each] as const);
}

function flow(protocol: Protocol): Flow {
  const [source, destination, replySource] = [ip("10.2.0.1"), ip("10.96.0.10"), ip("10.1.0.1")];
  const ports = { sourcePort: 40000, destinationPort: 53, replySourcePort: 53 };
  return { protocol, source, destination, replySource, ...ports, isMasqueraded: false };
}

/** A round that brought the Service with ports of these protocols, or a round about nothing. */
function round(protocols: readonly Protocol[], fields: Partial<Pick<Round, "kind" | "causes">> = {}) {
  const change = { before: undefined, after: planOf(protocols) };
  return {
    kind: "partial",
    causes: ["Service"],
    services: protocols.length === 0 ? new Map() : new Map([["default/web", change] as const]),
    settings,
    ...fields,
  } as const;
}

test("it does nothing until something changes, and then searches again for what arrived meanwhile", async () => {
  const flows = [flow("udp")];
  const { clock, told, reconciler, stop } = story(flows);
  reconciler.synced(round([]));
  await settle();
  expect(told).toEqual([]);
  reconciler.synced(round(["udp"]));
  await settle();
  expect(told).toEqual(['0 1 of {"udp":1}']);
  flows.push(flow("udp"), flow("udp"));
  while (told.length < 2) expect(await clock.advance()).toBe(true);
  expect(told).toEqual(['0 1 of {"udp":1}', '1000 2 of {"udp":2}']);
  while (await clock.advance());
  expect(told.slice(2)).toEqual(['3000 0 of {"udp":0}']);
  await stop();
});

test("what is made again and again is looked for less and less, and no more after a minute", async () => {
  const flows = [flow("udp")];
  const { clock, told, reconciler, stop } = story(flows);
  reconciler.synced(round(["udp"]));
  do if (flows.length === 0) flows.push(flow("udp"));
  while (await clock.advance());
  expect(told.map((line) => Number.parseInt(line, 10) / 1000)).toEqual([0, 1, 3, 7, 15, 31, 63]);
  reconciler.synced(round(["udp"]));
  await settle();
  expect(told).toHaveLength(8);
  await stop();
});

test("a search that deletes nothing is not repeated", async () => {
  const { clock, told, reconciler, stop } = story([]);
  reconciler.synced(round(["udp"]));
  await settle();
  while (await clock.advance());
  expect(told).toEqual(['0 0 of {"udp":0}']);
  await stop();
});

test("rounds that come within a second share one search, of the protocols that they are about", async () => {
  const { clock, told, reconciler, stop } = story([]);
  reconciler.synced(round(["tcp"]));
  await settle();
  for (const protocol of ["tcp", "udp", "udp"] as const) reconciler.synced(round([protocol]));
  await settle();
  expect(told).toEqual(['0 0 of {"tcp":0}']);
  while (await clock.advance());
  expect(told).toEqual(['0 0 of {"tcp":0}', '1000 0 of {"tcp":0,"udp":0}']);
  await stop();
});

test("after the first round and after repairs, flows of all known protocols are searched", async () => {
  const { clock, told, reconciler, stop } = story([]);
  for (const fields of [{ kind: "full" }, { causes: ["drift"] }] as const) {
    reconciler.synced(round([], fields));
    await settle();
  }
  expect(told).toEqual([]);
  reconciler.synced(round(["tcp", "udp"], { kind: "full" }));
  for (const fields of [{ causes: ["drift"] }, { kind: "full" }, {}] as const) {
    await settle();
    while (await clock.advance());
    reconciler.synced(round([], fields));
  }
  await settle();
  expect(told.map((line) => line.replace(/^\d+ /, ""))).toEqual(new Array(3).fill('0 of {"tcp":0,"udp":0}'));
  await stop();
});

test("UDP frontends of the previous process, and those that went, are searched once, after the first round", async () => {
  const flows = [flow("udp")];
  const { told, frontends, reconciler, stop } = story(flows);
  frontends.clear();
  reconciler.addPrevious([frontendKeyOf("10.96.0.10", "udp", 53)]);
  await settle();
  expect(told).toEqual([]);
  reconciler.synced(round([], { kind: "full" }));
  await settle();
  expect(told).toEqual(['0 1 of {"udp":1}']);
  await stop();
});

test("W-05 a failed search is reported and repeated with growing pauses, and nothing is forgotten", async () => {
  const { clock, told, failures, reconciler, stop } = story([flow("udp")]);
  failures.push(new Error("interrupted"), new Error("interrupted"));
  reconciler.synced(round(["udp"]));
  await settle();
  while (await clock.advance());
  expect(told).toEqual([
    "0 Error: interrupted, new 50",
    "50 Error: interrupted, again 100",
    '150 1 of {"udp":1}',
    '1150 0 of {"udp":0}',
  ]);
  await stop();
});
