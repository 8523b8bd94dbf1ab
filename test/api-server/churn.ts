import type { APIServer } from "./api-server.ts";
import { ipv4 } from "./generate.ts";

export type ChurnOptions = {
  /** Changes a second, on average. */
  readonly rate: number;
  /** As of generateCluster. */
  readonly services: number;
  readonly endpointsPerService: number;
};

/** What the churn reads of an endpoint. */
type Endpoint = {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
};

/**
 * Changes slices of random Services of a generated cluster, at random moments, whoever keeps up with it or not: a third of
 * the changes replaces an endpoint, a third scales a Service by one, and a third turns an endpoint's readiness.
 */
export class Churn {
  readonly #server: APIServer;
  readonly #options: ChurnOptions;
  #next = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #changes = 0;

  constructor(server: APIServer, options: ChurnOptions) {
    this.#server = server;
    this.#options = options;
    this.#proceed();
  }

  /** How many changes there were. */
  get changes(): number {
    return this.#changes;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Makes the changes whose time has come, also those that a busy process could not make in time. */
  #proceed(): void {
    while (this.#next <= performance.now()) {
      this.#change();
      this.#next += (-Math.log(1 - Math.random()) * 1000) / this.#options.rate;
    }
    this.#timer = setTimeout(() => this.#proceed(), Math.max(0, this.#next - performance.now()));
  }

  #change(): void {
    this.#changes += 1;
    const { services, endpointsPerService } = this.#options;
    const name = `service-${below(services)}-0`;
    const reference = { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata: { name } };
    const slice = this.#server.get(reference);
    if (slice === undefined) throw new Error(`there is no EndpointSlice ${name}`);
    const annotations = { "endpoints.kubernetes.io/last-change-trigger-time": new Date().toISOString() };
    const endpoints = changed(slice["endpoints"] as readonly Endpoint[], endpointsPerService);
    this.#server.put({ ...slice, metadata: { ...slice.metadata, annotations }, endpoints });
  }
}

/** At any time, a Service has one endpoint too many, and one that is not ready, at most. */
function changed(endpoints: readonly Endpoint[], usual: number): readonly Endpoint[] {
  const any = below(endpoints.length);
  const kind = below(3);
  if (kind === 0) return endpoints.toSpliced(any, 1, fresh());
  if (kind === 1) return endpoints.length > usual ? endpoints.toSpliced(any, 1) : [...endpoints, fresh()];
  const unready = endpoints.findIndex(({ conditions }) => !conditions.ready);
  return endpoints.map((endpoint, index) => {
    if (index !== (unready < 0 ? any : unready)) return endpoint;
    const ready = unready >= 0;
    return { ...endpoint, conditions: { ready, serving: ready, terminating: false } };
  });
}

/** A pod that was not there before, in a part of the pods' network that no generated cluster reaches. */
function fresh(): Endpoint & { readonly nodeName: string } {
  const conditions = { ready: true, serving: true, terminating: false };
  return { addresses: [ipv4(0x0aa00000 + below(1 << 21))], conditions, nodeName: `node-${below(10)}` };
}

function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}
