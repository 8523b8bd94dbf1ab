import type { NodePortAddresses } from "../../compile/settings.ts";
import type { ServiceHealth } from "../../daemon/follow/service-health.ts";
import { type Family, families, familyName } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import { mostOpenFiles } from "../host/host.ts";
import { type Answer, serve } from "./http.ts";

export type ServiceHealthOptions = {
  /** Whether this node keeps its rules up to date. */
  readonly isHealthy: () => boolean;
  /** A Service's port cannot be opened, on one address or on any. It is retried. */
  readonly onFailure: (service: ObjectKey, error: Error) => void;
  readonly onListening?: (service: ObjectKey, address: string, port: number) => void;
  /** Milliseconds from a failure to the next attempt. */
  readonly retryAfter?: number;
  /** How many ports may be open, counted per address; by default half of the files that this process may open. */
  readonly most?: number;
};

/**
 * The health check node ports: load balancers ask there whether this node has endpoints of a Service.
 *
 * They are open on the addresses that serve NodePorts: on any address of a family, or on each of the chosen ones, as
 * these come and go.
 */
export class ServiceHealthServers {
  readonly #options: ServiceHealthOptions;
  readonly #services = new Map<ObjectKey, ServiceHealth>();
  /** By Service, and by address and port. */
  readonly #open = new Map<ObjectKey, Map<string, Open>>();
  readonly #most: number;
  /** Open ports, and those being retried. */
  readonly #tried = new Set<Listening>();
  #addresses: ServingAddresses = { ip: nobody, ip6: nobody };

  constructor(options: ServiceHealthOptions) {
    this.#options = options;
    this.#most = options.most ?? Math.floor(mostOpenFiles() / 2);
  }

  /** Sets what a Service's port answers from now on; undefined closes it. */
  setService(key: ObjectKey, health: ServiceHealth | undefined): void {
    const before = this.#services.get(key);
    if (health) this.#services.set(key, health);
    else this.#services.delete(key);
    if (before || health) this.#update(key, nowhere(before, this.#addresses));
  }

  setAddresses(addresses: ServingAddresses): void {
    const before = this.#addresses;
    this.#addresses = addresses;
    for (const [key, health] of this.#services) this.#update(key, nowhere(health, before));
  }

  /** Closes all ports. */
  async close(): Promise<void> {
    const closed = [...this.#open.values()].flatMap((ports) => [...ports.values()].map((open) => open.closed));
    for (const key of [...this.#services.keys()]) this.setService(key, undefined);
    await Promise.all(closed);
  }

  #update(key: ObjectKey, wasNowhere: readonly Family[]): void {
    const health = this.#services.get(key);
    const desired = new Map(
      listening(key, health, this.#addresses).map((each) => [`${each.address} ${each.port}`, each]),
    );
    const open = this.#open.get(key) ?? new Map<string, Open>();
    for (const [name, { closing }] of open) {
      if (desired.has(name)) continue;
      open.delete(name);
      closing.abort();
    }
    for (const [name, each] of desired) if (!open.has(name)) open.set(name, this.#start(each));
    if (open.size > 0) this.#open.set(key, open);
    else this.#open.delete(key);
    for (const family of nowhere(health, this.#addresses)) {
      if (wasNowhere.includes(family)) continue;
      const which = familyName(family);
      this.#options.onFailure(key, new Error(`no ${which} address of this node serves NodePorts`));
    }
  }

  #start(listening: Listening): Open {
    const { key, family, address, port } = listening;
    const { onFailure, onListening, retryAfter } = this.#options;
    const closing = new AbortController();
    const closed = serve(
      {
        address,
        port,
        ipv6Only: true,
        answer: this.#answer(key, family, port, closing.signal),
        onListening: () => onListening?.(key, address, port),
        onFailure: (error) => onFailure(key, error),
        obstacle: () => this.#obstacle(listening),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
      closing.signal,
    ).finally(() => this.#tried.delete(listening));
    return { closing, closed };
  }

  /** Everyone who may create Services can have ports opened, while other parts of this process need to open files. */
  #obstacle(listening: Listening): Error | undefined {
    if (this.#tried.size >= this.#most && !this.#tried.has(listening))
      return new Error(`${this.#most} health check node ports are open, which is the limit`);
    this.#tried.add(listening);
    return undefined;
  }

  /** Answers any path and method. While the port is being closed, the answer is 503. */
  #answer(key: ObjectKey, family: Family, port: number, closing: AbortSignal): Answer {
    return () => {
      const health = this.#services.get(key);
      const isOpen = !closing.aborted && health?.port === port;
      const count = (isOpen && health.localEndpoints[family]) || 0;
      const [namespace, name] = key.split("/");
      const serviceProxyHealthy = this.#options.isHealthy();
      const body = { service: { namespace, name }, localEndpoints: count, serviceProxyHealthy };
      return {
        code: count > 0 && serviceProxyHealthy ? 200 : 503,
        contentType: "application/json",
        body: JSON.stringify(body, undefined, "\t"),
        headers: { "X-Load-Balancing-Endpoint-Weight": String(count) },
      };
    };
  }
}

type ServingAddresses = Readonly<Record<Family, Serving>>;

/** Load balancers ask from elsewhere: loopback addresses do not count. */
type Serving = Pick<NodePortAddresses, "any" | "addresses">;

const nobody: Serving = { any: false, addresses: [] };

type Open = { readonly closing: AbortController; readonly closed: Promise<void> };

type Listening = {
  readonly key: ObjectKey;
  readonly family: Family;
  readonly address: string;
  readonly port: number;
};

function listening(
  key: ObjectKey,
  health: ServiceHealth | undefined,
  addresses: ServingAddresses,
): readonly Listening[] {
  if (!health) return [];
  return healthFamilies(health).flatMap((family) =>
    listenAddresses(family, addresses[family]).map((address) => ({ key, family, address, port: health.port })),
  );
}

/** The families without an address to listen on. */
function nowhere(health: ServiceHealth | undefined, addresses: ServingAddresses): readonly Family[] {
  return healthFamilies(health).filter((family) => listenAddresses(family, addresses[family]).length === 0);
}

function healthFamilies(health: ServiceHealth | undefined): readonly Family[] {
  return families.filter((family) => health?.localEndpoints[family] !== undefined);
}

/** Link-local addresses are left out: listening on them needs an interface. */
function listenAddresses(family: Family, { any, addresses }: Serving): readonly string[] {
  if (any) return [family === "ip" ? "0.0.0.0" : "::"];
  return addresses.filter((address) => !/^fe[89ab].:/.test(address));
}
