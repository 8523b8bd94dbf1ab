import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { serviceRowLines } from "../../../src/ask/status/service-row-lines.ts";
import { serviceRows } from "../../../src/ask/status/service-rows.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { sourcesOf } from "../../golden/sources.ts";

/** One for each state and policy. */
const fixtures = [
  "demo",
  "cluster-ip-dual-stack",
  "cluster-ip-several-ports",
  "endpoints-none",
  "endpoints-not-ready",
  "external-traffic-policy-local",
  "external-traffic-policy-local-none-here",
  "internal-traffic-policy-local-none-here",
];

const uncounted = { isSetAside: false, countOf: () => undefined, refusedPackets: undefined };

test.each(fixtures)("%s", async (fixture) => {
  const { tables } = await desiredTables(sourcesOf(fixture, "remember"), { hostname: "", addresses: [] });
  const rows = tables.flatMap(({ plans }) => [...plans].flatMap((plan) => serviceRows(plan, uncounted)));
  const text = `${serviceRowLines(rows).join("\n")}\n`;
  const file = new URL(`tables/${fixture}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
});

test("each golden text has its case", () => {
  expect(readdirSync(new URL("tables", import.meta.url)).sort()).toEqual(fixtures.map((name) => `${name}.txt`).sort());
});

test("counts are shown if there are any, and a Service that is set aside is not shown as served", () => {
  const [row] = rowsOfNothing;
  expect(
    serviceRowLines(row ? [row, { ...row, connections: 5, refused: 1, dropped: 0, state: "set aside" }] : []),
  ).toEqual([
    "SERVICE      FRONTEND                ENDPOINTS  STATE      NEW CONNECTIONS  REFUSED  DROPPED",
    "default/web  10.96.0.10 port 80/tcp  1/2        served     -                -        -",
    "default/web  10.96.0.10 port 80/tcp  1/2        set aside  5                1        0",
  ]);
});

test("what a port is said to speak, and labels, are shown where there are any", () => {
  const [row] = rowsOfNothing;
  const told = { appProtocol: "kubernetes.io/h2c", labels: "app=web,tier=front" };
  expect(serviceRowLines(row ? [{ ...row, ...told }] : [])).toEqual([
    "SERVICE      FRONTEND                APP PROTOCOL       ENDPOINTS  STATE   LABELS",
    "default/web  10.96.0.10 port 80/tcp  kubernetes.io/h2c  1/2        served  app=web,tier=front",
  ]);
});

test("packets count at the port that refused them, and those to undefined ports at the first port", async () => {
  const { tables } = await desiredTables(sourcesOf("cluster-ip-several-ports", "remember"), {
    hostname: "",
    addresses: [],
  });
  const [plan] = tables.flatMap(({ plans }) => [...plans]);
  if (plan === undefined) throw new Error("there is no plan");
  const second = plan.ports[1]?.port.name ?? "";
  const refusedPackets = [
    { port: "", reason: "unknown port", packets: 1 },
    { port: second, reason: "slip", packets: 2 },
    { port: second, reason: "no endpoints", packets: 4 },
  ] as const;
  const rows = serviceRows(plan, { ...uncounted, refusedPackets });
  expect(rows.slice(0, 2).map(({ refused, dropped }) => ({ refused, dropped }))).toEqual([
    { refused: 1, dropped: 0 },
    { refused: 4, dropped: 2 },
  ]);
});

const rowsOfNothing = [
  {
    service: "default/web",
    port: "",
    family: "ip",
    type: "ClusterIP",
    appProtocol: undefined,
    labels: undefined,
    frontends: ["10.96.0.10 port 80/tcp"],
    used: 1,
    known: 2,
    policies: [],
    state: "served",
    connections: undefined,
    refused: undefined,
    dropped: undefined,
  },
] as const;
