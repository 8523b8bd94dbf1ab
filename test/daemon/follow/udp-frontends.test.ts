import { expect, test } from "@jest/globals";
import { planService, type ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import { type Flow, UDPFrontends } from "../../../src/daemon/follow/udp-frontends.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { type Address, address } from "../../../src/model/address.ts";
import { serviceKey } from "../../../src/model/service.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

type Ready = "ready" | "serving" | "gone";

const key = serviceKey({ namespace: "default", name: "dns" });

/** The Service of kube-proxy's own test of this, and its endpoints as address and port with a state. */
function cluster(endpoints: Readonly<Record<string, Ready>>, spec: object = {}, created = "2026-01-01T00:00:00Z") {
  const states = Object.entries(endpoints);
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "default", name: "dns", creationTimestamp: created },
    spec: {
      type: "LoadBalancer",
      clusterIPs: ["172.30.1.1"],
      externalIPs: ["192.168.99.100"],
      ports: [{ name: "dns", protocol: "UDP", port: 8000, nodePort: 32000 }],
      ...spec,
    },
    status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } },
  };
  const slices = states.map(([endpoint, state], index) => {
    const [ip = "", port = ""] = endpoint.split(" ");
    const conditions = { ready: state === "ready", serving: state !== "gone", terminating: state === "serving" };
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace: "default", name: `dns-${index}`, labels: { "kubernetes.io/service-name": "dns" } },
      addressType: ip.includes(":") ? "IPv6" : "IPv4",
      ports: [{ name: "dns", protocol: "UDP", port: Number(port) }],
      endpoints: [{ addresses: [ip], nodeName: "there", conditions }],
    };
  });
  const { cluster } = decodeCluster([service, ...slices].map((object) => ({ object })));
  const [decoded] = cluster.services;
  if (decoded === undefined) throw new Error("no Service");
  const [clusterIP] = decoded.clusterIPs;
  return planService(decoded, cluster.endpointSlices, clusterIP?.includes(":") ? "ip6" : "ip", settings);
}

function frontends(...nodePortAddresses: readonly string[]): UDPFrontends {
  const made = new UDPFrontends();
  made.setNodePortAddresses(nodePortAddresses.flatMap(known));
  return made;
}

function known(text: string): readonly Address[] {
  const ip = address(text);
  return ip === undefined ? [] : [ip];
}

function set(frontends: UDPFrontends, plan: ServicePlan | undefined): boolean {
  return frontends.setService(key, plan);
}

/** `destination port -> source port`; one place alone is untranslated. */
function flow(text: string): Flow {
  const [to = "", from = to] = text.split(" -> ");
  const [destination = "", destinationPort] = to.split(" ");
  const [replySource = "", replySourcePort] = from.split(" ");
  return {
    destination,
    destinationPort: Number(destinationPort),
    replySource,
    replySourcePort: Number(replySourcePort),
  };
}

const node = "10.0.0.1";
const serving = { "10.240.0.4 9090": "ready", "10.240.1.5 9090": "gone" } as const;

const matrix = [
  ["172.30.1.1 8000 -> 10.240.0.4 9090", false],
  ["1.2.3.4 8000 -> 10.240.0.4 9090", false],
  ["192.168.99.100 8000 -> 10.240.0.4 9090", false],
  [`${node} 32000 -> 10.240.0.4 9090`, false],
  ["172.30.1.1 8000 -> 10.240.0.4 8080", true],
  ["172.30.1.1 8000 -> 10.240.1.5 9090", true],
  ["172.30.1.1 8000 -> 10.240.2.6 9090", true],
  ["1.2.3.4 8000 -> 10.240.1.5 9090", true],
  ["192.168.99.100 8000 -> 10.240.2.6 9090", true],
  [`${node} 32000 -> 10.240.1.5 9090`, true],
  ["172.30.1.1 8000", true],
  ["1.2.3.4 8000", true],
  [`${node} 32000`, true],
  ["172.30.1.1 3000 -> 10.240.2.6 9090", false],
  ["10.0.0.2 32000 -> 10.240.2.6 9090", false],
  ["172.30.1.1 32000 -> 10.240.2.6 9090", false],
  [`${node} 8000`, false],
  ["8.8.8.8 53", false],
] as const;

test.each(matrix)("B-222, B-223, B-231, W-06 %s is stale: %p", (text, isStale) => {
  const made = frontends(node);
  set(made, cluster(serving));
  expect(made.stale(flow(text))).toEqual(isStale ? flow(text) : undefined);
});

test("B-224 flows to endpoints that are not ready, but serve, stay", () => {
  const made = frontends();
  set(made, cluster({ "10.240.0.4 9090": "ready", "10.240.1.5 9090": "serving" }));
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.1.5 9090"))).toBeUndefined();
});

test("W-06 without serving endpoints all flows are stale, and one filter finds them", () => {
  const made = frontends(node);
  set(made, cluster({ "10.240.1.5 9090": "gone" }));
  const filter = { destination: "172.30.1.1", destinationPort: 8000 };
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.1.5 9090"))).toEqual(filter);
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.2.6 9090"))).toEqual(filter);
  expect(made.stale(flow(`${node} 32000 -> 10.240.2.6 9090`))).toEqual({ destination: node, destinationPort: 32000 });
});

test("W-06 flows of a deleted Service to its endpoints are stale, others to its addresses are not", () => {
  const made = frontends(node);
  set(made, cluster(serving));
  expect(set(made, undefined)).toBe(true);
  const ours = flow("172.30.1.1 8000 -> 10.240.0.4 9090");
  expect(made.stale(ours)).toEqual(ours);
  expect(made.stale(flow(`${node} 32000 -> 10.240.0.4 9090`))).toBeDefined();
  expect(made.stale(flow(`${node} 32000 -> 10.240.0.4 53`))).toBeUndefined();
  expect(made.stale(flow("172.30.1.1 8000"))).toBeUndefined();
  made.forgetting()();
  expect(made.stale(ours)).toBeUndefined();
});

test("a Service that loses its endpoints first, and is deleted before a search, is remembered with them", () => {
  const made = frontends();
  set(made, cluster(serving));
  set(made, cluster({}));
  set(made, undefined);
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeDefined();
});

test("what goes while a search is under way is remembered for the next", () => {
  const made = frontends();
  set(made, cluster(serving));
  const forget = made.forgetting();
  set(made, undefined);
  forget();
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeDefined();
});

test("W-06 a new nodePort, and a new address that serves it", () => {
  const made = frontends();
  set(made, cluster(serving));
  expect(made.stale(flow(`${node} 32000`))).toBeUndefined();
  expect(made.setNodePortAddresses(known(node))).toBe(true);
  expect(made.setNodePortAddresses(known(node))).toBe(false);
  expect(made.stale(flow(`${node} 32000`))).toBeDefined();
  expect(made.setNodePortAddresses([])).toBe(true);
  expect(made.stale(flow(`${node} 32000 -> 10.240.0.4 9090`))).toBeDefined();
  expect(made.stale(flow(`${node} 32000`))).toBeUndefined();
});

test("B-219 what has nothing to do with UDP is told", () => {
  const made = frontends();
  expect(set(made, cluster(serving))).toBe(true);
  expect(set(made, cluster(serving))).toBe(true);
  expect(set(made, cluster({ ...serving, "10.240.0.7 9090": "ready" }))).toBe(true);
  const tcp = { ports: [{ name: "dns", protocol: "TCP", port: 8000 }] };
  expect(set(made, cluster(serving, tcp))).toBe(true);
  expect(set(made, cluster({ ...serving, "10.240.0.8 9090": "ready" }, tcp))).toBe(false);
});

test("families are apart", () => {
  const made = frontends();
  set(made, cluster({ "fd00::4 9090": "ready", "10.240.0.4 9090": "ready" }, { clusterIPs: ["fd00:96::1"] }));
  expect(made.stale(flow("fd00:96::1 8000 -> fd00::4 9090"))).toBeUndefined();
  expect(made.stale(flow("fd00:96::1 8000 -> fd00::5 9090"))).toBeDefined();
  expect(made.stale(flow("1.2.3.4 8000"))).toBeUndefined();
});

test("of two Services with one frontend, the endpoints of the older count", () => {
  const made = frontends();
  const [young, old] = [
    cluster({ "10.240.0.9 53": "ready" }, {}, "2026-02-01T00:00:00Z"),
    cluster({ "10.240.0.4 53": "ready" }, {}, "2026-01-01T00:00:00Z"),
  ];
  made.setService("default/young", young && { ...young, service: { ...young.service, name: "young" } });
  expect(made.stale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeUndefined();
  set(made, old);
  expect(made.stale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeDefined();
  expect(made.stale(flow("1.2.3.4 8000 -> 10.240.0.4 53"))).toBeUndefined();
  set(made, undefined);
  expect(made.stale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeUndefined();
  expect(made.stale(flow("1.2.3.4 8000 -> 10.240.0.4 53"))).toBeDefined();
});

test("frontends of an earlier process are as if they had just gone", () => {
  const made = frontends(node);
  made.addFormer([
    { frontend: "172.30.1.1 8000", endpoint: "10.240.0.4 9090" },
    { frontend: "172.30.9.9 53", endpoint: "10.240.0.4 53" },
    { frontend: "32009", endpoint: "10.240.0.4 53" },
  ]);
  set(made, cluster({ "10.240.0.4 9090": "ready" }));
  expect(made.stale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeUndefined();
  expect(made.stale(flow("172.30.9.9 53 -> 10.240.0.4 53"))).toBeDefined();
  expect(made.stale(flow("172.30.9.9 53 -> 10.240.0.5 53"))).toBeUndefined();
  expect(made.stale(flow(`${node} 32009 -> 10.240.0.4 53`))).toBeDefined();
});
