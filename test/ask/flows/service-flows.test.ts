import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { type FlowFilter, isAskedFor } from "../../../src/ask/flows/flow-filter.ts";
import { eventLine, flowLines } from "../../../src/ask/flows/flow-lines.ts";
import { compareFlows, type ServiceFlow, serviceFlows } from "../../../src/ask/flows/service-flow.ts";
import { world } from "../../../src/ask/world.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { podDetails } from "../../../src/decode/service-details.ts";
import type { Connection } from "../../../src/netlink/connection.ts";
import { ip } from "../../compile/values.ts";
import { sourcesOfFile } from "../sources.ts";

const host = { hostname: "", addresses: [] };
const now = Date.UTC(2026, 10, 30);

/** `client port > destination port > endpoint port`, and the client's address as the endpoint sees it, if it differs. */
function connection(path: string, fields: Partial<Connection> = {}): Connection {
  const [client = "", destination = "", endpoint = "", seen = client] = path.split(" > ");
  const [from, to, back, as] = [client, destination, endpoint, seen].map((place) => {
    const [address = "", port] = place.split(" ");
    return { address: ip(address), port: Number(port) };
  });
  if (!from || !to || !back || !as) throw new Error(path);
  return {
    protocol: "tcp",
    source: from.address,
    sourcePort: from.port,
    destination: to.address,
    destinationPort: to.port,
    replySource: back.address,
    replySourcePort: back.port,
    seen: as.address,
    seenPort: as.port,
    isMasqueraded: as.address !== from.address,
    state: "ESTABLISHED",
    isAnswered: true,
    timeoutSeconds: 86_390,
    began: undefined,
    bytes: undefined,
    ...fields,
  };
}

const [pod, client, clusterIP, endpoint] = [
  "10.244.1.99 4000",
  "198.51.100.7 4001",
  "10.96.0.10 80",
  "10.244.1.11 8080",
];
const udp = { protocol: "udp", state: undefined } as const;

const connections: readonly Connection[] = [
  connection(`${client} > ${clusterIP} > ${endpoint} > 192.0.2.10 61000`, {
    began: now - 7300_000,
    bytes: { sent: 1200, received: 34_567 },
  }),
  connection(`${pod} > ${clusterIP} > 10.244.2.12 8080`, { state: "SYN_SENT", isAnswered: false, timeoutSeconds: 119 }),
  connection(`${pod} > ${clusterIP} > 10.244.9.9 8080`),
  connection(`10.244.1.98 4000 > ${clusterIP} > 10.244.9.9 8080`, { state: "TIME_WAIT", timeoutSeconds: 100 }),
  connection(`${pod} > ${clusterIP} > ${clusterIP}`, { state: "SYN_SENT", isAnswered: false }),
  connection(`${client} > 192.0.2.10 30080 > ${endpoint} > 192.0.2.10 61001`, { began: now - 200_000_000 }),
  connection(`${pod} > 10.96.0.66 53 > 10.244.2.12 5353`, { ...udp, isAnswered: false, began: now - 600_000 }),
  connection(`${pod} > 10.96.0.67 53 > 10.96.0.67 53`, udp),
  connection(`${pod} > 198.51.100.7 443 > 198.51.100.7 443`),
];

async function flows(): Promise<readonly ServiceFlow[]> {
  const { tables, settings, node, objects } = await desiredTables(
    sourcesOfFile(new URL("cluster.yaml", import.meta.url)),
    host,
  );
  const worlds = tables.map((plans) => world(plans.family, settings, plans, node?.addresses));
  const pods = podDetails(objects);
  const flowOf = serviceFlows(worlds, {
    own: { hasAddress: () => false, takesUDP: () => false, hasUDP: () => false },
    podOf: (address) => pods.get(address)?.pod,
    now: () => now,
  });
  return connections.flatMap((each) => flowOf(each) ?? []).sort(compareFlows);
}

test("connections as people read them", async () => {
  const found = await flows();
  const lines = [...flowLines(found), "", ...found.map((each) => eventLine("new", each))];
  const text = `${lines.join("\n")}\n`;
  const file = new URL("flows.txt", import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
});

const filters: readonly { readonly filter: FlowFilter; readonly count: number }[] = [
  { filter: { kind: "all" }, count: 7 },
  { filter: { kind: "service", service: "default/web" }, count: 6 },
  { filter: { kind: "service", service: "default/other" }, count: 0 },
  { filter: { kind: "address", address: ip("198.51.100.7") }, count: 2 },
  { filter: { kind: "address", address: ip("10.96.0.10") }, count: 5 },
  { filter: { kind: "address", address: ip("10.244.9.9") }, count: 2 },
  { filter: { kind: "nodePort", port: 30080 }, count: 1 },
];

test.each(filters)("$filter", async ({ filter, count }) => {
  expect((await flows()).filter((each) => isAskedFor(each, filter))).toHaveLength(count);
});
