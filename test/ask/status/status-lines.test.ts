import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Status } from "../../../src/ask/status/status.ts";
import { statusLines } from "../../../src/ask/status/status-lines.ts";
import { warningsOf } from "../../../src/ask/status/warnings.ts";

const none = { count: 0, first: [] } as const;
const failure = { since: "2026-11-30T11:58:20.000Z", message: "connect ECONNREFUSED 10.0.0.1:6443" };

const healthy: Omit<Status, "warnings"> = {
  code: 200,
  version: "0.1.0",
  now: "2026-11-30T12:00:00.000Z",
  started: "2026-11-27T12:00:00.000Z",
  node: { name: "node-1", zone: "zone-a", addresses: ["192.0.2.10", "2001:db8:2::10"], ineligibility: undefined },
  host: { kernel: "6.12.48", nft: "1.1.3", lacks: [], conntrack: { count: 1200, max: 131072 } },
  apiServer: {
    url: "https://10.0.0.1:6443",
    identity: "system:serviceaccount:kube-system:kube-nft",
    failure: undefined,
    watches: [
      { resource: "services", state: "watching", heard: "2026-11-30T11:59:58.000Z", failure: undefined },
      { resource: "servicecidrs", state: "absent", heard: "2026-11-30T11:50:00.000Z", failure: undefined },
    ],
  },
  tables: [
    {
      family: "ip",
      isHealthy: true,
      kernel: "as desired",
      lastRound: {
        began: "2026-11-30T11:59:50.000Z",
        milliseconds: 3,
        kind: "partial",
        causes: ["EndpointSlice"],
        elements: 4,
        services: 1,
      },
      lastFailure: undefined,
      setAside: [],
    },
  ],
  drift: { count: 0, recent: 0, last: undefined },
  services: {
    count: 300,
    slices: 320,
    endpoints: 3000,
    lostEndpoints: none,
    neverHadEndpoints: none,
    denied: none,
    notAsSpecified: none,
  },
  loopback: { ports: 0, connections: 0, failures: [] },
  observed: undefined,
};

const [table] = healthy.tables;
const cases: Readonly<Record<string, Omit<Status, "warnings">>> = {
  healthy,
  loopback: {
    ...healthy,
    loopback: {
      ports: 3,
      connections: 1,
      failures: [
        {
          at: "127.0.0.1 port 30500",
          service: "shop/web",
          message: "listen EADDRINUSE: address already in use 127.0.0.1:30500",
        },
      ],
    },
  },
  observing: {
    ...healthy,
    observed: {
      tables: [{ family: "ip", isThere: false, chains: 20, sets: 8, elements: 3000 }],
      verified: { at: "2026-11-30T11:59:50.000Z", packets: 5000, differences: [] },
    },
  },
  starting: {
    ...healthy,
    code: 503,
    started: "2026-11-30T11:59:59.000Z",
    apiServer: {
      ...healthy.apiServer,
      watches: [{ resource: "services", state: "not yet", heard: undefined, failure: undefined }],
    },
    tables: [
      { family: "ip", isHealthy: false, kernel: "unknown", lastRound: undefined, lastFailure: undefined, setAside: [] },
    ],
    host: { ...healthy.host, conntrack: undefined, lacks: ["counters in elements are not supported"] },
  },
  "api-server-gone": {
    ...healthy,
    apiServer: {
      ...healthy.apiServer,
      failure,
      watches: [{ resource: "services", state: "failing", heard: "2026-11-30T11:58:20.000Z", failure }],
    },
  },
  "silent-watch": {
    ...healthy,
    apiServer: {
      ...healthy.apiServer,
      watches: [
        { resource: "services", state: "watching", heard: "2026-11-30T11:57:00.000Z", failure: undefined },
        { resource: "nodes", state: "failing", heard: undefined, failure: { ...failure, message: "403 Forbidden" } },
      ],
    },
  },
  troubled: {
    ...healthy,
    code: 503,
    node: { ...healthy.node, ineligibility: "being deleted" },
    host: { ...healthy.host, conntrack: { count: 131000, max: 131072 } },
    tables: table
      ? [
          {
            ...table,
            isHealthy: false,
            kernel: "changing",
            lastFailure: { at: "2026-11-30T11:59:30.000Z", message: "nft: Resource busy", retryInMilliseconds: 800 },
            setAside: [
              {
                name: "Service shop/cart",
                service: "shop/cart",
                since: "2026-11-30T11:00:00.000Z",
                reason: "nft failed: Numerical result out of range",
              },
            ],
          },
        ]
      : [],
    drift: {
      count: 40,
      recent: 12,
      last: { at: "2026-11-30T11:59:00.000Z", family: "ip", program: "nft", pid: 4711 },
    },
    services: {
      ...healthy.services,
      lostEndpoints: { count: 1, first: ["shop/web"] },
      neverHadEndpoints: { count: 2, first: ["default/a", "default/b"] },
      denied: { count: 7, first: ["default/c", "default/d", "default/e", "default/f", "default/g", "default/h"] },
      notAsSpecified: { count: 1, first: ["default/i"] },
    },
  },
};

test.each(Object.keys(cases))("%s", (name) => {
  const status = cases[name] ?? healthy;
  const text = `${statusLines({ ...status, warnings: warningsOf(status) }).join("\n")}\n`;
  const file = new URL(`screens/${name}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
});

test("each golden text has its case", () => {
  const names = Object.keys(cases).map((name) => `${name}.txt`);
  expect(readdirSync(new URL("screens", import.meta.url)).sort()).toEqual(names.sort());
});
