import { expect, test } from "@jest/globals";
import { frontendKeyOf } from "../../../src/compile/plan/frontends.ts";
import type { DetectLocal } from "../../../src/compile/settings.ts";
import type { OwnSockets } from "../../../src/daemon/follow/flow-judge.ts";
import { protocols } from "../../../src/model/port.ts";
import { ip, ips, networks } from "../../compile/values.ts";
import { key, nobody, node, plan, Scene } from "./flow-scene.ts";

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

for (const protocol of protocols) {
  test.each(matrix)(`B-222, B-223, B-231, W-06 ${protocol} %s is stale: %p`, (text, isStale) => {
    const scene = new Scene(node);
    scene.set(plan(serving));
    expect(scene.stale(text, { protocol })).toEqual(isStale ? key : undefined);
  });
}

test("B-224 flows to endpoints that are not ready, but serve, stay", () => {
  const scene = new Scene();
  scene.set(plan({ "10.240.0.4 9090": "ready", "10.240.1.5 9090": "serving" }));
  expect(scene.stale("172.30.1.1 8000 -> 10.240.1.5 9090")).toBeUndefined();
});

test("W-06 without serving endpoints all flows are stale", () => {
  const scene = new Scene(node);
  scene.set(plan({ "10.240.1.5 9090": "gone" }));
  for (const text of ["172.30.1.1 8000", "172.30.1.1 8000 -> 10.240.2.6 9090", `${node} 32000 -> 10.240.2.6 9090`]) {
    expect(scene.stale(text)).toBe(key);
  }
});

test("W-06 translated UDP flows to a Service that is gone are stale, others to its addresses are not", () => {
  const scene = new Scene(node);
  scene.set(plan(serving));
  scene.set(undefined);
  const translated = "172.30.1.1 8000 -> 10.240.0.4 9090";
  expect(scene.stale(translated)).toBe("");
  expect(scene.stale(`${node} 32000 -> 10.240.0.4 9090`)).toBe("");
  expect(scene.stale(translated, { protocol: "tcp" })).toBeUndefined();
  expect(scene.stale("172.30.1.1 8000")).toBeUndefined();
  expect(scene.stale("10.0.0.2 32000 -> 10.240.0.4 9090")).toBeUndefined();
  scene.judge.search(nobody).found();
  expect(scene.stale(translated)).toBeUndefined();
});

test("what goes during a search is remembered for the next", () => {
  const scene = new Scene();
  scene.set(plan(serving));
  const { found } = scene.judge.search(nobody);
  scene.set(undefined);
  found();
  expect(scene.stale("172.30.1.1 8000 -> 10.240.0.4 9090")).toBe("");
});

test("while no search succeeds, only the frontends that went last are remembered", () => {
  const scene = new Scene();
  scene.set(plan(serving));
  scene.set(undefined);
  const many = function* () {
    for (let i = 0; i < 100_000; i++) yield frontendKeyOf(`10.9.${i >> 8}.${i & 255}`, "udp", 1);
  };
  scene.judge.addGone(many());
  expect(scene.stale("172.30.1.1 8000 -> 10.240.0.4 9090")).toBeUndefined();
  expect(scene.stale("10.9.200.1 1 -> 10.240.0.4 9090")).toBe("");
});

test("W-06 a new nodePort, and a new address that serves it", () => {
  const scene = new Scene();
  scene.set(plan(serving));
  const nodePortAddresses = { any: false, addresses: ips(node), loopback: false };
  expect(scene.stale(`${node} 32000`)).toBeUndefined();
  expect(scene.setNode({ nodePortAddresses })).toBe(true);
  expect(scene.setNode({ nodePortAddresses })).toBe(false);
  expect(scene.stale(`${node} 32000`)).toBe(key);
  expect(scene.setNode({ nodePortAddresses: { any: false, addresses: [], loopback: false } })).toBe(true);
  expect(scene.stale(`${node} 32000 -> 10.240.0.4 9090`)).toBe("");
  expect(scene.stale(`${node} 32001 -> 10.240.0.4 9090`)).toBeUndefined();
  expect(scene.stale(`${node} 32000`)).toBeUndefined();
});

test("IPv6", () => {
  const scene = new Scene();
  scene.set(plan({ "fd00::4 9090": "ready", "10.240.0.4 9090": "ready" }, { clusterIPs: ["fd00:96::1"] }));
  expect(scene.stale("fd00:96::1 8000 -> fd00::4 9090")).toBeUndefined();
  expect(scene.stale("fd00:96::1 8000 -> fd00::5 9090")).toBe(key);
  expect(scene.stale("1.2.3.4 8000")).toBeUndefined();
});

test("of two Services with one frontend, the endpoints of the older count", () => {
  const scene = new Scene();
  const young = plan({ "10.240.0.9 53": "ready" }, {}, "2026-02-01T00:00:00Z");
  scene.set({ ...young, service: { ...young.service, name: "young" } }, "default/young");
  expect(scene.stale("1.2.3.4 8000 -> 10.240.0.9 53")).toBeUndefined();
  scene.set(plan({ "10.240.0.4 53": "ready" }));
  expect(scene.stale("1.2.3.4 8000 -> 10.240.0.9 53")).toBe(key);
  expect(scene.stale("1.2.3.4 8000 -> 10.240.0.4 53")).toBeUndefined();
  scene.set(undefined);
  expect(scene.stale("1.2.3.4 8000 -> 10.240.0.9 53")).toBeUndefined();
  expect(scene.stale("1.2.3.4 8000 -> 10.240.0.4 53")).toBe("default/young");
});

const [here, there] = ["-> 10.240.0.4 9090", "-> 10.240.1.5 9090"];
const cidrs: DetectLocal = { kind: "cidrs", cidrs: networks("10.244.1.0/24") };
const masquerading = [
  ["a client from outside, masqueraded at another node's endpoint", `1.2.3.4 8000 ${there}`, "192.0.2.9", true],
  ["the same by NodePort", `${node} 32000 ${there}`, "192.0.2.9", true],
  ["the same by ClusterIP, whose policy is Cluster", `172.30.1.1 8000 ${there}`, "192.0.2.9", false],
  ["one at an endpoint here", `1.2.3.4 8000 ${here}`, "192.0.2.9", false],
  ["one that is not masqueraded", `1.2.3.4 8000 ${there}`, undefined, false],
  ["a pod of this node", `1.2.3.4 8000 ${there}`, "10.244.1.7", false],
  ["this node itself", `1.2.3.4 8000 ${there}`, node, false],
] as const;

test.each(masquerading)("policy Local ends the flow of %s: %s", (_, text, client, isStale) => {
  const scene = new Scene(node);
  const fields = client === undefined ? {} : { source: ip(client), isMasqueraded: true };
  const endpoints = { "10.240.0.4 9090": "ready", "10.240.1.5 9090": "ready" } as const;
  scene.setNode({ detectLocal: cidrs, nodePortAddresses: { any: false, addresses: ips(node), loopback: false } });
  scene.set(plan(endpoints));
  expect(scene.stale(text, fields)).toBeUndefined();
  scene.set(plan(endpoints, { externalTrafficPolicy: "Local" }));
  expect(scene.stale(text, fields)).toBe(isStale ? key : undefined);
});

test("A-40 flows that are passed on, as there is no endpoint here, stay until there is one", () => {
  const scene = new Scene(node);
  const local = { externalTrafficPolicy: "Local" };
  scene.set(plan({ "10.240.1.5 9090": "ready" }, local, undefined, "Passthrough"));
  expect(scene.stale("1.2.3.4 8000")).toBeUndefined();
  expect(scene.stale("192.168.99.100 8000")).toBeUndefined();
  expect(scene.stale(`${node} 32000`)).toBe(key);
  expect(scene.stale("172.30.1.1 8000")).toBe(key);
  scene.set(plan({ "10.240.0.4 9090": "ready" }, local, undefined, "Passthrough"));
  expect(scene.stale("1.2.3.4 8000")).toBe(key);
});

test("untranslated UDP flows to a socket of this node stay", () => {
  const scene = new Scene();
  scene.set(plan(serving, { externalIPs: [node] }));
  const own: OwnSockets = { ...nobody, takesUDP: (address, port) => address === node && port === 8000 };
  expect(scene.stale(`${node} 8000`)).toBe(key);
  expect(scene.stale(`${node} 8000`, {}, own)).toBeUndefined();
  expect(scene.stale(`${node} 8000 -> 10.240.2.6 9090`, {}, own)).toBe(key);
  expect(scene.stale("1.2.3.4 8000", {}, own)).toBe(key);
});

const overlays = [
  { name: "sent by the kernel", from: `${node} 45000`, to: "1.2.3.4 8000", isStale: false },
  { name: "sent by a program that waits at another port", from: `${node} 5000`, to: "1.2.3.4 8000", isStale: true },
  { name: "sent to another port", from: `${node} 45000`, to: "1.2.3.4 8001", isStale: true },
  { name: "sent from where somebody waits", from: `${node} 8000`, to: "1.2.3.4 8000", isStale: false },
  { name: "sent by another node", from: "10.0.0.2 45000", to: "1.2.3.4 8000", isStale: true },
  { name: "sent to this node", from: "10.0.0.2 45000", to: `${node} 8000`, isStale: false },
  { name: "sent to its own NodePort", from: `${node} 45000`, to: `${node} 32000`, isStale: true },
  { name: "that another node's socket began", from: "1.2.3.4 8000", to: `${node} 8000`, isStale: false },
  {
    name: "that another node's socket began, to somebody else",
    from: "1.2.3.4 8000",
    to: "10.2.0.1 8000",
    isStale: true,
  },
];
test.each(overlays)("UDP flows of an overlay, $name: stale is $isStale", ({ from, to, isStale }) => {
  const scene = new Scene(node);
  const ports = [8000, 8001].map((port) => ({ name: `p${port}`, port, nodePort: port + 24_000, protocol: "UDP" }));
  scene.set(plan(serving, { externalIPs: [node], ports }));
  const takesUDP = (address: string, port: number) => address === node && port === 8000;
  const own = { ...nobody, takesUDP, hasUDP: (address: string, port: number) => address === node && port === 5000 };
  const [source = "", sourcePort] = from.split(" ");
  expect(scene.stale(to, { source: ip(source), sourcePort: Number(sourcePort) }, own)).toBe(isStale ? key : undefined);
});

const late = [
  { name: "of a frontend's place", source: "1.2.3.4 8000", isStale: true },
  { name: "of a ClusterIP's place", source: "172.30.1.1 8000", isStale: true },
  { name: "of another port there", source: "1.2.3.4 8001", isStale: false },
  { name: "of this node", source: `${node} 8000`, isStale: false },
  { name: "of a nodePort's number", source: `${node} 32000`, isStale: false },
];
test.each(late)("flows that a late answer began, $name: stale is $isStale", ({ source, isStale }) => {
  const scene = new Scene(node);
  scene.set(plan(serving, { externalIPs: [node] }));
  const [address = "", port] = source.split(" ");
  const from = { source: ip(address), sourcePort: Number(port) };
  expect(scene.stale("10.2.0.1 40000", from)).toBe(isStale ? key : undefined);
  expect(scene.stale("10.2.0.1 40000", { ...from, protocol: "tcp" })).toBeUndefined();
  expect(scene.stale("10.2.0.1 40000", { ...from, isMasqueraded: true })).toBeUndefined();
  expect(scene.stale("10.2.0.1 40000 -> 10.3.0.1 40000", from)).toBeUndefined();
});
