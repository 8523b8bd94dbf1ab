import { setTimeout as sleep } from "node:timers/promises";
import { ipv4 } from "../api-server/generate.ts";
import { service } from "../api-server/objects.ts";
import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import type { Caller } from "./caller.ts";
import { type Cluster, sliceObject, zones } from "./cluster.ts";
import { Trouble } from "./trouble.ts";

/** A time in which nothing is sent: who asks for it is told when it begins, and tells when it is over. */
type Rest = { readonly begun: () => void; readonly over: Promise<void> };

type Waiting = { readonly since: number; readonly resolve: () => void };

/**
 * Finds out what has reached the kernel, without asking the agent.
 *
 * A Service of its own gets the next number as its port, its pod's address, and by topology hints, again and again. When a
 * connection to that port is answered by the pod of that number for the node's zone, then the watches of Services, of
 * slices and of the Node have told all that was sent before.
 *
 * A table may be loaded in steps, so a barrier may be passed before the round is over that it came with. The next barrier
 * is sent after that, so it comes with a later round: when it is passed, everything from before the first is in the kernel.
 */
export class Barrier {
  readonly #api: SpawnedAPIServer;
  readonly #cluster: Cluster;
  readonly #caller: Caller;
  readonly #waiting = new Set<Waiting>();
  /** How many have been passed. */
  passes = 0;
  #number = 0;
  #rest: Rest | undefined;

  constructor(api: SpawnedAPIServer, cluster: Cluster, caller: Caller) {
    this.#api = api;
    this.#cluster = cluster;
    this.#caller = caller;
  }

  async run(signal: AbortSignal): Promise<void> {
    let previous = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      this.#rest?.begun();
      await this.#rest?.over;
      const sent = performance.now();
      await this.#next();
      while (!(await this.#isPassed())) {
        if (signal.aborted) return;
        await sleep(10);
      }
      this.#confirm(previous, performance.now());
      previous = sent;
      await sleep(50);
    }
  }

  /** Waits until all that was sent before now is in the kernel. Rejects with Trouble where it does not get there in time. */
  async passed(seconds = 120): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting = { since: performance.now(), resolve };
    this.#waiting.add(waiting);
    const timer = setTimeout(
      () => reject(new Trouble(`the kernel does not have the changes of ${seconds} s ago`)),
      seconds * 1000,
    );
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    }
  }

  /** Does something while nothing is sent from here, and what was is in the kernel. */
  async resting<T>(body: () => Promise<T>): Promise<T> {
    const [begun, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    this.#rest = { begun: begun.resolve, over: over.promise };
    await begun.promise;
    try {
      return await body();
    } finally {
      this.#rest = undefined;
      over.resolve();
    }
  }

  #confirm(sent: number, at: number): void {
    this.passes += 1;
    this.#cluster.confirm(sent, at);
    for (const { since, resolve } of this.#waiting) if (since < sent) resolve();
  }

  async #next(): Promise<void> {
    this.#number += 1;
    const pods = zones.map((zone) => ({ address: this.#podIP(zone), zone, condition: "ready" }) as const);
    const spec = { clusterIP, clusterIPs: [clusterIP], ports: [{ port: this.#port, protocol: "TCP" }] };
    await this.#api.call("put", service(name, {}, spec), sliceObject(name, pods));
  }

  async #isPassed(): Promise<boolean> {
    const { outcome } = await this.#caller.call(clusterIP, this.#port, 300);
    return outcome.kind === "answered" && outcome.by === this.#podIP(this.#cluster.zone.latest);
  }

  get #port(): number {
    return 1024 + (this.#number % 60_000);
  }

  #podIP(zone: string): string {
    return ipv4(firstPodIP + this.#number * zones.length + zones.indexOf(zone));
  }
}

const name = "barrier";
const clusterIP = "10.111.0.1";
/** Above those of all other pods. */
const firstPodIP = 0x0ac00000;
