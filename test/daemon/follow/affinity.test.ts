import { expect, test } from "@jest/globals";
import { frontendsOfPort } from "../../../src/compile/lower/planned-frontend.ts";
import type { FrontendKey } from "../../../src/compile/plan/frontends.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import type { DetectLocal } from "../../../src/compile/settings.ts";
import { type AffinityMemory, AffinityReconciler } from "../../../src/daemon/follow/affinity.ts";
import { affinityJudge } from "../../../src/daemon/follow/affinity-judge.ts";
import type { Round } from "../../../src/daemon/table/round.ts";
import type { Endpoint } from "../../../src/model/endpoints.ts";
import type { RememberedClient } from "../../../src/netlink/affinity.ts";
import { endpoint, ip, ips, networks, planAmong, service, slice } from "../../compile/values.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const here = endpoint("10.1.0.1");
const elsewhere = endpoint("10.2.0.1", { nodeName: "node-2" });
const leaving = { ready: false, serving: true, terminating: true };

/** A Service with a ClusterIP and, under externalTrafficPolicy Local, an external IP. */
function planOf(endpoints: readonly Endpoint[], isSticky = true): ServicePlan {
  const fields = { externalIPs: ips("203.0.113.1"), externalTrafficPolicy: "Local" } as const;
  const sessionAffinity = isSticky ? { timeoutSeconds: 60 } : undefined;
  return planAmong(service({ ...fields, sessionAffinity }), [slice(endpoints)], settings);
}

function ownersOf(plan: ServicePlan) {
  const owned = plan.ports.flatMap((port) => frontendsOfPort(plan, port, settings));
  const owners = new Map(owned.map((each) => [each.key, each]));
  return (key: FrontendKey) => owners.get(key);
}

function client(from: string, to: string, endpoint: string, endpointPort = 8080): RememberedClient {
  const path = { destination: ip(to), destinationPort: 80, endpoint: ip(endpoint), endpointPort };
  return { path, source: () => ip(from), key: () => new Uint8Array() };
}

const [outside, pod, node] = ["192.0.2.1", "10.1.0.99", "10.0.0.1"];
const [clusterIP, externalIP] = ["10.96.0.10", "203.0.113.1"];
const cidrs: DetectLocal = { kind: "cidrs", cidrs: networks("10.1.0.0/16") };
const byInterface: DetectLocal = { kind: "interfacePrefix", prefix: "veth" };

test.each<[string, readonly Endpoint[], RememberedClient, DetectLocal, boolean]>([
  ["an endpoint that is there", [here, elsewhere], client(outside, clusterIP, "10.2.0.1"), cidrs, true],
  ["an endpoint that is gone", [here], client(outside, clusterIP, "10.2.0.1"), cidrs, false],
  ["another port of an endpoint", [here], client(outside, clusterIP, "10.1.0.1", 8081), cidrs, false],
  ["a frontend that is gone", [here], client(outside, "10.96.0.11", "10.1.0.1"), cidrs, false],
  ["another node's, from outside", [here, elsewhere], client(outside, externalIP, "10.2.0.1"), cidrs, false],
  ["another node's, from a pod", [here, elsewhere], client(pod, externalIP, "10.2.0.1"), cidrs, true],
  ["another node's, from this node", [here, elsewhere], client(node, externalIP, "10.2.0.1"), cidrs, true],
  [
    "another node's, from who knows where",
    [here, elsewhere],
    client(outside, externalIP, "10.2.0.1"),
    byInterface,
    true,
  ],
  [
    "another node's, where nobody is local",
    [here, elsewhere],
    client(pod, externalIP, "10.2.0.1"),
    { kind: "none" },
    false,
  ],
  ["gone, from who knows where", [here], client(outside, externalIP, "10.2.0.1"), byInterface, false],
])("%s", (_, endpoints, remembered, detectLocal, isKept) => {
  const own = { ...settings.families.ip, detectLocal };
  const hasAddress = (address: string) => address === node;
  const serviceOf = affinityJudge("tcp", { ownerOf: ownersOf(planOf(endpoints)), settings: own, hasAddress });
  expect(serviceOf(remembered)).toBe(isKept ? "default/web" : undefined);
});

test("a terminating local endpoint that outsiders still use is no longer used by pods", () => {
  const terminating = { ...here, ...leaving };
  const ownerOf = ownersOf(planOf([terminating, elsewhere]));
  const serviceOf = affinityJudge("tcp", {
    ownerOf,
    settings: { ...settings.families.ip, detectLocal: cidrs },
    hasAddress: () => false,
  });
  expect(serviceOf(client(outside, externalIP, here.address))).toBe("default/web");
  expect(serviceOf(client(pod, externalIP, here.address))).toBeUndefined();
});

test("a Service that is no longer sticky has no clients", () => {
  const ownerOf = ownersOf(planOf([here], false));
  const serviceOf = affinityJudge("tcp", { ownerOf, settings: settings.families.ip, hasAddress: () => false });
  expect(serviceOf(client(outside, clusterIP, here.address))).toBeUndefined();
});

/** A memory that forgets so many clients with each search, and takes 100 ms for it. */
function story() {
  const clock = new FakeClock();
  const told: string[] = [];
  const results: (number | Error)[] = [];
  const affinity: AffinityMemory = {
    async forget(_family, protocol, _isStale, signal) {
      told.push(`${clock.now()} ${protocol}`);
      const result = results.shift() ?? 0;
      if (result instanceof Error) throw result;
      await clock.sleep(100, signal);
      return { clients: 10, forgotten: result, isWhole: true };
    },
    watchCounts: async () => undefined,
    hasAddress: () => false,
  };
  const reconciler = new AffinityReconciler({
    family: "ip",
    affinity,
    ownerOf: () => undefined,
    clock,
    random: () => 0,
    capacity: 100,
    setUnremembered: () => undefined,
    events: {
      clientsCounted: () => undefined,
      clientsLimited: () => undefined,
      clientsUnlimited: () => undefined,
      countFailed: () => undefined,
      clientsForgotten: ({ forgotten }) => told.push(`${clock.now()} forgot ${forgotten}`),
      clientsFailed: (_, error, retry) => told.push(`${clock.now()} ${error}, again in ${retry}`),
    },
  });
  const abort = new AbortController();
  const ended = reconciler.run(abort.signal);
  const round = (before: ServicePlan | undefined, after: ServicePlan | undefined, fields: Partial<Round> = {}) =>
    reconciler.synced({
      kind: "partial",
      causes: ["EndpointSlice"],
      services: new Map([["default/web", { before, after }]]),
      settings,
      ...fields,
    });
  const stop = () => {
    abort.abort();
    return ended;
  };
  return { clock, told, results, round, stop };
}

test("a search starts immediately, is repeated if it found something, and is followed by a pause three times as long", async () => {
  const { clock, told, results, round, stop } = story();
  round(undefined, planOf([here, elsewhere]), { kind: "full" });
  while (await clock.advance());
  results.push(3);
  round(planOf([here, elsewhere]), planOf([here]));
  while (await clock.advance());
  await stop();
  expect(told).toEqual(["0 tcp", "100 forgot 0", "400 tcp", "500 forgot 3", "800 tcp", "900 forgot 0"]);
});

test("a failed search is repeated", async () => {
  const { clock, told, results, round, stop } = story();
  results.push(new Error("no socat"));
  round(undefined, planOf([here]), { kind: "full" });
  while (await clock.advance());
  await stop();
  expect(told).toEqual(["0 tcp", "0 Error: no socat, again in 50", "50 tcp", "150 forgot 0"]);
});

test("rounds that remove nothing from a sticky list start no search", async () => {
  const { clock, told, round, stop } = story();
  round(undefined, planOf([here]));
  while (await clock.advance());
  told.length = 0;
  round(planOf([here]), planOf([here, elsewhere]));
  round(planOf([here, elsewhere], false), planOf([here], false));
  round(undefined, planOf([here]));
  await settle();
  await stop();
  expect(told).toEqual([]);
});
