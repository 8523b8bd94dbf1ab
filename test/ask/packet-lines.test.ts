import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { explainPacket } from "../../src/ask/packet-explanation.ts";
import { packetLines } from "../../src/ask/packet-lines.ts";
import { compile } from "../../src/compile/compile.ts";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import { mapsAfter } from "../../src/nft/evaluate/outcome.ts";
import { endpoint, service, slice } from "../compile/values.ts";
import { interpreter, type Journey, packetOf } from "../packets/interpret.ts";
import { state } from "../packets/state.ts";
import { settings } from "../support/arbitrary-cluster.ts";

/** A kind of answer, and a packet that gets it. `isLater`: of a client who is remembered. */
type Case = { readonly name: string; readonly fixture: string; readonly isLater?: boolean } & Journey;

const web = { to: "10.96.0.10", port: 80, protocol: "tcp" } as const;
const nodePort = { to: "192.0.2.10", port: 30080, protocol: "tcp" } as const;
const loadBalancer = { to: "203.0.113.200", port: 80, protocol: "tcp" } as const;

const cases: readonly Case[] = [
  { name: "endpoints", fixture: "cluster-ip", from: "client", ...web },
  { name: "hairpin", fixture: "cluster-ip", from: "pod1", ...web },
  { name: "ipv6", fixture: "cluster-ip-dual-stack", from: "node", to: "fd00:10:96::10", port: 80, protocol: "tcp" },
  { name: "node-port", fixture: "demo", from: "client", ...nodePort },
  { name: "policy-local-outside", fixture: "external-traffic-policy-local", from: "client", ...loadBalancer },
  { name: "policy-local-pod", fixture: "external-traffic-policy-local", from: "pod3", ...loadBalancer },
  {
    name: "policy-local-none-here",
    fixture: "external-traffic-policy-local-none-here",
    from: "client",
    ...loadBalancer,
  },
  { name: "source-not-allowed", fixture: "source-ranges", from: "client:192.0.2.104", ...loadBalancer },
  { name: "no-endpoints", fixture: "endpoints-none", from: "client", ...web },
  { name: "no-endpoints-from-node", fixture: "endpoints-none", from: "node", ...nodePort },
  { name: "undefined-port", fixture: "cluster-ip", from: "pod2", ...web, protocol: "udp" },
  { name: "free-address", fixture: "cluster-ip-ping", from: "client", to: "10.96.0.11", port: 0, protocol: "icmp" },
  { name: "untouched", fixture: "cluster-ip", from: "client", to: "198.51.100.1", port: 443, protocol: "tcp" },
  { name: "sticky", fixture: "session-affinity-external-traffic-policy-local", from: "pod3", ...loadBalancer },
  {
    name: "sticky-later",
    fixture: "session-affinity-external-traffic-policy-local",
    from: "pod3",
    ...loadBalancer,
    isLater: true,
  },
];

test.each(cases)(
  "$name: $from -> $to port $port/$protocol in $fixture",
  async ({ name, fixture, isLater, ...journey }) => {
    const interpret = interpreter(await state(fixture, "remember"), "routed");
    const [first] = isLater ? interpret(journey) : [];
    const outcomes = interpret(journey, mapsAfter(new Map(), first?.effects ?? []));
    const text = `${packetLines(explainPacket(packetOf(journey, "routed"), outcomes)).join("\n")}\n`;
    const file = new URL(`packets/${name}.txt`, import.meta.url);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
    else expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
  },
);

test("only some of many endpoints are named, and long fractions are shown as percentages", () => {
  const endpoints = Array.from({ length: 100 }, (_, index) => endpoint(`10.244.0.${index}`));
  const cluster = { services: [service()], endpointSlices: [slice(endpoints)], nodes: [], serviceCIDRs: [] };
  const packet = packetOf({ from: "client", ...web }, "routed");
  const [table] = compile(cluster, settings).ruleset;
  const lines = packetLines(explainPacket(packet, table ? evaluator(table, new Set())(packet) : []));
  expect(lines.length).toBeLessThan(200);
  expect(lines[1]).toMatch(/^goes to 10\.244\.0\.\d+ port 8080, masqueraded {2}\d\.\d+ %$/);
  expect(lines[20]).toBe("and 81 more");
});

test("each golden text has its case", () => {
  const names = cases.map(({ name }) => `${name}.txt`);
  expect(readdirSync(new URL("packets", import.meta.url)).sort()).toEqual(names.sort());
});
