import { expect, test } from "@jest/globals";
import { planService, type ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import { UDPFrontends } from "../../../src/daemon/follow/udp-frontends.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { type Address, address } from "../../../src/model/address.ts";
import { serviceKey } from "../../../src/model/service.ts";
import type { Flow } from "../../../src/netlink/conntrack.ts";
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
  const [ip] = known(destination);
  const [answerer] = known(replySource);
  if (ip === undefined || answerer === undefined) throw new Error(`not a flow: ${text}`);
  return {
    protocol: "udp",
    destination: ip,
    destinationPort: Number(destinationPort),
    replySource: answerer,
    replySourcePort: Number(replySourcePort),
    masqueraded: undefined,
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
  expect(made.ownerOfStale(flow(text))).toEqual(isStale ? key : undefined);
});

test("B-224 flows to endpoints that are not ready, but serve, stay", () => {
  const made = frontends();
  set(made, cluster({ "10.240.0.4 9090": "ready", "10.240.1.5 9090": "serving" }));
  expect(made.ownerOfStale(flow("172.30.1.1 8000 -> 10.240.1.5 9090"))).toBeUndefined();
});

test("W-06 without serving endpoints all flows are stale", () => {
  const made = frontends(node);
  set(made, cluster({ "10.240.1.5 9090": "gone" }));
  for (const text of ["172.30.1.1 8000", "172.30.1.1 8000 -> 10.240.2.6 9090", `${node} 32000 -> 10.240.2.6 9090`]) {
    expect(made.ownerOfStale(flow(text))).toBe(key);
  }
});

test("W-06 flows of a deleted Service to its endpoints are stale, others to its addresses are not", () => {
  const made = frontends(node);
  set(made, cluster(serving));
  expect(set(made, undefined)).toBe(true);
  const ours = flow("172.30.1.1 8000 -> 10.240.0.4 9090");
  expect(made.ownerOfStale(ours)).toBe("");
  expect(made.ownerOfStale(flow(`${node} 32000 -> 10.240.0.4 9090`))).toBeDefined();
  expect(made.ownerOfStale(flow(`${node} 32000 -> 10.240.0.4 53`))).toBeUndefined();
  expect(made.ownerOfStale(flow("172.30.1.1 8000"))).toBeUndefined();
  made.forgetting()();
  expect(made.ownerOfStale(ours)).toBeUndefined();
});

test("a Service that loses its endpoints first, and is deleted before a search, is remembered with them", () => {
  const made = frontends();
  set(made, cluster(serving));
  set(made, cluster({}));
  set(made, undefined);
  expect(made.ownerOfStale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeDefined();
});

test("what goes while a search is under way is remembered for the next", () => {
  const made = frontends();
  set(made, cluster(serving));
  const forget = made.forgetting();
  set(made, undefined);
  forget();
  expect(made.ownerOfStale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeDefined();
});

test("W-06 a new nodePort, and a new address that serves it", () => {
  const made = frontends();
  set(made, cluster(serving));
  expect(made.ownerOfStale(flow(`${node} 32000`))).toBeUndefined();
  expect(made.setNodePortAddresses(known(node))).toBe(true);
  expect(made.setNodePortAddresses(known(node))).toBe(false);
  expect(made.ownerOfStale(flow(`${node} 32000`))).toBeDefined();
  expect(made.setNodePortAddresses([])).toBe(true);
  expect(made.ownerOfStale(flow(`${node} 32000 -> 10.240.0.4 9090`))).toBeDefined();
  expect(made.ownerOfStale(flow(`${node} 32000`))).toBeUndefined();
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
  expect(made.ownerOfStale(flow("fd00:96::1 8000 -> fd00::4 9090"))).toBeUndefined();
  expect(made.ownerOfStale(flow("fd00:96::1 8000 -> fd00::5 9090"))).toBeDefined();
  expect(made.ownerOfStale(flow("1.2.3.4 8000"))).toBeUndefined();
});

test("of two Services with one frontend, the endpoints of the older count", () => {
  const made = frontends();
  const [young, old] = [
    cluster({ "10.240.0.9 53": "ready" }, {}, "2026-02-01T00:00:00Z"),
    cluster({ "10.240.0.4 53": "ready" }, {}, "2026-01-01T00:00:00Z"),
  ];
  made.setService("default/young", young && { ...young, service: { ...young.service, name: "young" } });
  expect(made.ownerOfStale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeUndefined();
  set(made, old);
  expect(made.ownerOfStale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeDefined();
  expect(made.ownerOfStale(flow("1.2.3.4 8000 -> 10.240.0.4 53"))).toBeUndefined();
  set(made, undefined);
  expect(made.ownerOfStale(flow("1.2.3.4 8000 -> 10.240.0.9 53"))).toBeUndefined();
  expect(made.ownerOfStale(flow("1.2.3.4 8000 -> 10.240.0.4 53"))).toBeDefined();
});

test("frontends of an earlier process are as if they had just gone", () => {
  const made = frontends(node);
  made.addFormer([
    { frontend: "172.30.1.1 8000", endpoint: "10.240.0.4 9090" },
    { frontend: "172.30.9.9 53", endpoint: "10.240.0.4 53" },
    { frontend: "32009", endpoint: "10.240.0.4 53" },
  ]);
  set(made, cluster({ "10.240.0.4 9090": "ready" }));
  expect(made.ownerOfStale(flow("172.30.1.1 8000 -> 10.240.0.4 9090"))).toBeUndefined();
  expect(made.ownerOfStale(flow("172.30.9.9 53 -> 10.240.0.4 53"))).toBeDefined();
  expect(made.ownerOfStale(flow("172.30.9.9 53 -> 10.240.0.5 53"))).toBeUndefined();
  expect(made.ownerOfStale(flow(`${node} 32009 -> 10.240.0.4 53`))).toBeDefined();
});
