import type { Address, Family } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import type { EndpointSlice } from "../model/endpoint-slice.ts";
import type { Node } from "../model/node.ts";
import { type ObjectKey, type Service, serviceKey } from "../model/service.ts";

/** What a change in the store is about: a Service and its endpoints, or what all Services depend on. */
export type Change =
  | { readonly kind: "Service"; readonly key: ObjectKey }
  /** `key` is that of the Service; `family` that of the slice, which is undefined if it is gone. */
  | {
      readonly kind: "EndpointSlice";
      readonly key: ObjectKey;
      readonly family: Family;
      readonly slice: EndpointSlice | undefined;
    }
  | { readonly kind: "Node" | "ServiceCIDR" | "other proxy's Service" };

/** The objects of the cluster as they were last seen, reduced to what we read. */
export class Store {
  readonly #services = new Map<ObjectKey, Service>();
  readonly #slices = new Map<ObjectKey, EndpointSlice>();
  readonly #slicesByService = new Map<ObjectKey, readonly EndpointSlice[]>();
  readonly #serviceCIDRs = new Map<string, readonly CIDR[]>();
  readonly #otherClusterIPs = new Map<ObjectKey, readonly Address[]>();
  #node: Node | undefined;
  #onChange: (change: Change) => void = () => undefined;

  /** From now on, calls back once for each object that changes. */
  follow(onChange: (change: Change) => void): void {
    this.#onChange = onChange;
  }

  get node(): Node | undefined {
    return this.#node;
  }

  get serviceCIDRs(): readonly CIDR[] {
    return [...this.#serviceCIDRs.values()].flat();
  }

  /** The ClusterIPs of Services that another proxy serves. */
  get otherClusterIPs(): readonly Address[] {
    return [...this.#otherClusterIPs.values()].flat();
  }

  get services(): ReadonlyMap<ObjectKey, Service> {
    return this.#services;
  }

  get slices(): ReadonlyMap<ObjectKey, EndpointSlice> {
    return this.#slices;
  }

  /** How many objects there are, by their resource. */
  get counts(): Readonly<Record<"services" | "endpointslices" | "servicecidrs" | "nodes", number>> {
    const { size: services } = this.#services;
    const { size: endpointslices } = this.#slices;
    const { size: servicecidrs } = this.#serviceCIDRs;
    return { services, endpointslices, servicecidrs, nodes: this.#node === undefined ? 0 : 1 };
  }

  slicesOf(service: ObjectKey): readonly EndpointSlice[] {
    return this.#slicesByService.get(service) ?? [];
  }

  /** Undefined: the Service is gone, or not proxied. */
  setService(key: ObjectKey, service: Service | undefined): void {
    if (isSame(this.#services.get(key), service)) return;
    if (service) this.#services.set(key, service);
    else this.#services.delete(key);
    this.#onChange({ kind: "Service", key });
  }

  setSlice(key: ObjectKey, slice: EndpointSlice | undefined): void {
    const old = this.#slices.get(key);
    if (isSame(old, slice)) return;
    if (slice) this.#slices.set(key, slice);
    else this.#slices.delete(key);
    const isMoved = old !== undefined && slice !== undefined && !isOfSame(old, slice);
    if (old && (isMoved || !slice)) this.#setSlicesOf(ownerOf(old), old, undefined);
    if (slice) this.#setSlicesOf(ownerOf(slice), isMoved ? undefined : old, slice);
    for (const each of isMoved ? [old, slice] : [slice ?? old]) {
      if (each) this.#onChange({ kind: "EndpointSlice", key: ownerOf(each), family: each.family, slice });
    }
  }

  #setSlicesOf(service: ObjectKey, old: EndpointSlice | undefined, slice: EndpointSlice | undefined): void {
    const others = this.slicesOf(service).filter((each) => each !== old);
    const own = slice ? [...others, slice] : others;
    if (own.length > 0) this.#slicesByService.set(service, own);
    else this.#slicesByService.delete(service);
  }

  setNode(node: Node | undefined): void {
    if (isSame(this.#node, node)) return;
    this.#node = node;
    this.#onChange({ kind: "Node" });
  }

  setServiceCIDR(name: string, cidrs: readonly CIDR[] | undefined): void {
    if (isSame(this.#serviceCIDRs.get(name), cidrs)) return;
    if (cidrs) this.#serviceCIDRs.set(name, cidrs);
    else this.#serviceCIDRs.delete(name);
    this.#onChange({ kind: "ServiceCIDR" });
  }

  /** Undefined: the Service is gone, or not another proxy's. */
  setOtherService(key: ObjectKey, clusterIPs: readonly Address[] | undefined): void {
    if (isSame(this.#otherClusterIPs.get(key), clusterIPs)) return;
    if (clusterIPs) this.#otherClusterIPs.set(key, clusterIPs);
    else this.#otherClusterIPs.delete(key);
    this.#onChange({ kind: "other proxy's Service" });
  }
}

function ownerOf({ namespace, serviceName }: EndpointSlice): ObjectKey {
  return serviceKey({ namespace, name: serviceName });
}

/** Whether two slices belong to the same Service and family. Neither changes while a slice exists, but it may be recreated. */
function isOfSame(a: EndpointSlice, b: EndpointSlice): boolean {
  return ownerOf(a) === ownerOf(b) && a.family === b.family;
}

/** Objects of the model are plain data. Their common parts are usually one object. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((each, at) => isSame(each, b[at]));
  const others = new Map<string, unknown>(Object.entries(b));
  const own = Object.entries(a);
  return (
    own.length === others.size && own.every(([name, value]) => others.has(name) && isSame(value, others.get(name)))
  );
}
