import { createConnection, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { endpointSlice, service } from "../../api-server/objects.ts";
import type { SpawnedAPIServer } from "../../api-server/spawn.ts";

const clusterIP = "10.111.0.1";
const targets = ["10.200.0.1", "10.200.0.2"] as const;

/** What became of connections; the first packet of one that took a second or more was lost. */
export type Stream = { readonly connections: number; readonly failed: number; readonly slowest: number };

/** One more Service, whose only endpoint goes to and fro between two addresses that answer with their own. */
export class Probe {
  readonly #api: SpawnedAPIServer;
  readonly #servers: readonly Server[];
  #target: string = targets[0];

  /** Makes the addresses, in this network namespace, and the Service. */
  static async start(api: SpawnedAPIServer): Promise<Probe> {
    await execa("ip", ["link", "set", "lo", "up"]);
    for (const address of targets) await execa("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
    await execa("ip", ["route", "add", "default", "dev", "lo"]);
    const probe = new Probe(api);
    const ports = [{ port: 80, protocol: "TCP" }];
    await api.call("put", service("probe", {}, { clusterIP, clusterIPs: [clusterIP], ports }));
    await api.call("put", probe.#slice([probe.#target]));
    return probe;
  }

  private constructor(api: SpawnedAPIServer) {
    this.#api = api;
    this.#servers = targets.map((address) => createServer((socket) => socket.end(address)).listen(8080, address));
  }

  /** Moves the endpoint; returns the ms from the event's leaving to the first packet that the new one got. */
  move(): Promise<number> {
    this.#target = this.#other;
    return this.#put([this.#target], this.#target);
  }

  /** The other address becomes ready as well; returns the ms from the event's leaving to its first packet. */
  becomeReady(): Promise<number> {
    return this.#put(targets, this.#other);
  }

  async becomeUnready(): Promise<void> {
    await this.#api.call("put", this.#slice([this.#target]));
  }

  get #other(): string {
    return targets[this.#target === targets[0] ? 1 : 0];
  }

  /** Makes these the endpoints; returns the ms from the event's leaving to the first packet that one of them got. */
  async #put(ready: readonly string[], awaited: string): Promise<number> {
    const { at } = await this.#api.timed("put", this.#slice(ready));
    const deadline = performance.now() + 60_000;
    for (;;) {
      const sent = process.hrtime.bigint();
      if ((await answer()) === awaited) return Number(sent - at) / 1e6;
      if (performance.now() > deadline) throw new Error(`no connection reaches ${awaited}`);
      await sleep(1);
    }
  }

  /** Opens a connection every 5 ms as long as `body` takes. */
  async connectDuring(body: () => Promise<unknown>): Promise<Stream> {
    const ended: Promise<{ readonly isAnswered: boolean; readonly milliseconds: number }>[] = [];
    const connect = async () => {
      const began = performance.now();
      const isAnswered = (await answer()) === this.#target;
      return { isAnswered, milliseconds: performance.now() - began };
    };
    const timer = setInterval(() => ended.push(connect()), 5);
    await body().finally(() => clearInterval(timer));
    const all = await Promise.all(ended);
    const failed = all.filter(({ isAnswered }) => !isAnswered).length;
    return { connections: all.length, failed, slowest: Math.max(...all.map(({ milliseconds }) => milliseconds)) };
  }

  stop(): void {
    for (const server of this.#servers) server.close();
  }

  #slice(ready: readonly string[]) {
    return endpointSlice("probe", ready, { name: "probe-1" });
  }
}

/** What a new connection to the Service says; empty where it fails. */
function answer(): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection(80, clusterIP);
    socket.setTimeout(5000, () => socket.destroy());
    socket.once("data", (data) => resolve(data.toString()));
    socket.once("close", () => resolve(""));
    socket.once("error", () => resolve(""));
  });
}
