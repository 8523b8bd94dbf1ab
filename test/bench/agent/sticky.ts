import { createConnection, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { endpointSlice, service } from "../../api-server/objects.ts";
import type { SpawnedAPIServer } from "../../api-server/spawn.ts";
import type { Figure } from "../figures.ts";

const clusterIP = "10.111.0.2";
const endpoints = Array.from({ length: 6 }, (_, index) => `10.200.1.${index + 1}`);
const clients = Array.from({ length: 200 }, (_, index) => `10.201.0.${index + 1}`);

type Connection = { readonly began: number; readonly milliseconds: number; readonly by: string };

/**
 * Replaces the three endpoints of a Service with session affinity one by one, once a second, while 200 clients connect
 * 500 times a second. Later than 300 ms after a change, nobody should notice it. The clients are this node's own, for whom
 * nothing but the agent's deletion makes the kernel forget an endpoint.
 */
export async function stickyFigures(api: SpawnedAPIServer, replacements: number): Promise<readonly Figure[]> {
  for (const cidr of ["10.200.1.0/24", "10.201.0.0/24"]) await execa("ip", ["address", "add", cidr, "dev", "lo"]);
  const servers = endpoints.map((address) => createServer((socket) => socket.end(address)).listen(8080, address));
  const spec = { clusterIP, clusterIPs: [clusterIP], sessionAffinity: "ClientIP", ports: [{ port: 80 }] };
  await api.call("put", service("sticky", {}, spec));
  /** Since when an endpoint is gone, by performance.now(). */
  const gone = new Map(endpoints.map((address) => [address, 0]));
  const put = async (first: number) => {
    const current = [0, 1, 2].flatMap((index) => endpoints[(first + index) % endpoints.length] ?? []);
    await api.call("put", endpointSlice("sticky", current, { name: "sticky-1" }));
    for (const address of endpoints) {
      if (current.includes(address)) gone.delete(address);
      else if (!gone.has(address)) gone.set(address, performance.now());
    }
  };
  const ended: Promise<Connection & { readonly isLate: boolean; readonly isStale: boolean }>[] = [];
  let changed = 0;
  const call = async () => {
    const goneSince = new Map(gone);
    const isLate = performance.now() - changed > settling;
    const connection = await connect(clients[ended.length % clients.length] ?? "");
    const since = goneSince.get(connection.by);
    return { ...connection, isLate, isStale: since !== undefined && connection.began - since > settling };
  };
  await put(0);
  while ((await connect("10.201.0.250")).by === "") await sleep(100);
  changed = performance.now();
  const timer = setInterval(() => ended.push(call()), 2);
  for (let first = 1; first <= replacements; first++) {
    await sleep(1000);
    changed = performance.now();
    await put(first);
  }
  await sleep(1000);
  clearInterval(timer);
  const all = await Promise.all(ended);
  for (const server of servers) server.close();
  const late = all.filter(({ isLate }) => isLate).map(({ milliseconds }) => milliseconds);
  const early = all.filter(({ isLate }) => !isLate).map(({ milliseconds }) => milliseconds);
  const name = "sticky rolling update";
  return [
    { name: `${name}, connections`, unit: "count", values: [all.length] },
    { name: `${name}, failed connections`, unit: "count", values: [all.filter(({ by }) => by === "").length] },
    {
      name: `${name}, led to who was gone for 300 ms`,
      unit: "count",
      values: [all.filter(({ isStale }) => isStale).length],
    },
    { name: `${name}, slowest of the first 300 ms`, unit: "ms", values: [Math.max(...early)] },
    { name: `${name}, slowest after that`, unit: "ms", values: [Math.max(...late)] },
    { name: `${name}, over 100 ms after that`, unit: "count", values: [late.filter((each) => each > 100).length] },
  ];
}

/** So long after a change, no client may notice it any more, in milliseconds. */
const settling = 300;

/** Who answers; empty where nobody does. */
function connect(localAddress: string): Promise<Connection> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (by: string) => resolve({ began, milliseconds: performance.now() - began, by });
    const socket = createConnection({ host: clusterIP, port: 80, localAddress });
    socket.setTimeout(5000, () => socket.destroy());
    socket.once("data", (data) => end(data.toString()));
    socket.once("close", () => end(""));
    socket.once("error", () => end(""));
  });
}
