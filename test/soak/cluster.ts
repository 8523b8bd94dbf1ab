import { setImmediate } from "node:timers/promises";
import { ipv4 } from "../api-server/generate.ts";
import { endpointSlice, node, service, serviceCIDR } from "../api-server/objects.ts";
import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import type { KubernetesObject } from "../api-server/store.ts";
import type { Pod } from "./expected.ts";
import { History } from "./history.ts";

/** A Service that changes. */
export type ChangingService = {
  readonly name: string;
  readonly clusterIP: string;
  /** Its pods have topology hints. */
  readonly isZonal: boolean;
  readonly exists: History<boolean>;
  readonly pods: History<readonly Pod[]>;
};

export const zones: readonly string[] = ["zone-a", "zone-b"];
export const nodeName = "node-1";
/** What all pod addresses are in. */
export const podCIDR = "10.128.0.0/9";

/** The Services of a cluster and the node's zone: what the API server has, and what the node may know of it. */
export class Cluster {
  readonly services: readonly ChangingService[];
  readonly zone = new History(zones[0] ?? "");
  /** How many changes were sent. */
  changes = 0;
  readonly #api: SpawnedAPIServer;
  #podCount = 0;
  #resumed = Promise.withResolvers<void>();

  /** `size.services` Services, and a few more that are not there yet. */
  constructor(api: SpawnedAPIServer, size: { readonly services: number; readonly endpoints: number }) {
    this.#api = api;
    this.#resumed.resolve();
    const spare = Math.ceil(size.services / 50);
    this.services = Array.from({ length: size.services + spare }, (_, index) => {
      const isZonal = index % 10 === 5;
      const exists = index < size.services;
      const pods = Array.from({ length: exists && index % 25 !== 3 ? size.endpoints : 0 }, () => this.newPod(isZonal));
      const clusterIP = ipv4(firstClusterIP + index);
      return { name: `service-${index}`, clusterIP, isZonal, exists: new History(exists), pods: new History(pods) };
    });
  }

  /** A Service that has pods and never changes. */
  get calm(): ChangingService {
    const [first] = this.services;
    if (first === undefined) throw new Error("there is no Service");
    return first;
  }

  /** Makes it all, before any agent looks. */
  async create(): Promise<void> {
    await this.#api.call("put", serviceCIDR("kubernetes", "10.96.0.0/12"), this.#node());
    const objects = this.services.flatMap((each) =>
      each.exists.latest ? [serviceObject(each), sliceObject(each.name, each.pods.latest)] : [],
    );
    for (let from = 0; from < objects.length; from += 1000) {
      await this.#api.call("put", ...objects.slice(from, from + 1000));
    }
  }

  /** A pod that nobody had before. */
  newPod(isZonal: boolean, condition: Pod["condition"] = "ready"): Pod {
    this.#podCount += 1;
    const zone = isZonal ? zones[this.#podCount % zones.length] : undefined;
    return { address: ipv4(firstPodIP + this.#podCount), zone, condition };
  }

  async setPods({ name, pods }: ChangingService, next: readonly Pod[]): Promise<void> {
    await this.#change(pods, next);
    await this.#api.call("put", sliceObject(name, next));
  }

  async make(made: ChangingService, pods: readonly Pod[]): Promise<void> {
    await this.#change(made.exists, true);
    await this.#api.call("put", serviceObject(made));
    await this.setPods(made, pods);
  }

  /** Deletes the Service with its slice. */
  async remove({ name, exists, pods }: ChangingService): Promise<void> {
    await this.#change(exists, false);
    pods.record([], performance.now());
    await this.#api.call("delete", service(name), endpointSlice(name, []));
  }

  async setZone(zone: string): Promise<void> {
    await this.#change(this.zone, zone);
    await this.#api.call("put", this.#node());
  }

  /** Until `resume`, whoever wants to change something waits. Whoever has begun to, has done so when this resolves. */
  async pause(): Promise<void> {
    this.#resumed = Promise.withResolvers();
    await setImmediate();
  }

  resume(): void {
    this.#resumed.resolve();
  }

  /** What was sent before `sent` is known to be in the kernel at `at`. */
  confirm(sent: number, at: number): void {
    this.zone.confirm(sent, at);
    for (const { exists, pods } of this.services) {
      exists.confirm(sent, at);
      pods.confirm(sent, at);
    }
  }

  forget(before: number): void {
    this.zone.forget(before);
    for (const { exists, pods } of this.services) {
      exists.forget(before);
      pods.forget(before);
    }
  }

  async #change<T>(history: History<T>, value: T): Promise<void> {
    await this.#resumed.promise;
    this.changes += 1;
    history.record(value, performance.now());
  }

  #node(): KubernetesObject {
    const object = node(nodeName);
    return {
      ...object,
      metadata: { ...object.metadata, labels: { "topology.kubernetes.io/zone": this.zone.latest } },
    };
  }
}

const firstClusterIP = 0x0a600000 + 10;
const firstPodIP = 0x0a800000;

function serviceObject({ name, clusterIP }: ChangingService): KubernetesObject {
  return service(name, {}, { clusterIP, clusterIPs: [clusterIP] });
}

/** The slice with all pods of a Service. */
export function sliceObject(serviceName: string, pods: readonly Pod[]): KubernetesObject {
  const endpoints = pods.map(({ address, zone, condition }, index) => ({
    addresses: [address],
    conditions: {
      ready: condition === "ready",
      serving: condition !== "unready",
      terminating: condition === "terminating",
    },
    nodeName: `node-${index % 10}`,
    ...(zone !== undefined && { zone, hints: { forZones: [{ name: zone }] } }),
  }));
  return { ...endpointSlice(serviceName, []), endpoints };
}
