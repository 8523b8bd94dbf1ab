import type { Address, Family } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import type { ObjectKey } from "../model/service.ts";
import type { PlanFamilySettings, PlanSettings } from "./plan/service-plan.ts";

/** What a node's ruleset depends on besides Services and their endpoints: the Node, the configuration, the host. */
export type Settings = PlanSettings & {
  readonly families: Readonly<Record<Family, FamilySettings>>;
  readonly masqueradeBit: number;
  /** Whether the kernel counts the new connections of each frontend, and what is refused. */
  readonly counters: boolean;
  /** The most source ranges of a Service in a family, counted for each load balancer IP and range of ports. */
  readonly sourceRangeLimit: number;
  /** The most source ranges of all Services together, in a family: the oldest Services have theirs. */
  readonly tableSourceRangeLimit: number;
  /** The most time-outs of session affinity that are kept besides those which are common. */
  readonly affinityTimeoutLimit: number;
};

export type FamilySettings = PlanFamilySettings &
  Omit<Capabilities, "counters"> & {
    readonly detectLocal: DetectLocal;
    readonly nodePortAddresses: NodePortAddresses;
    /** The networks of all pods; none where they are not known. */
    readonly podNetworks: readonly CIDR[];
    /** New connections to addresses in these that are no ClusterIP are dropped. */
    readonly serviceCIDRs: readonly CIDR[];
    /** Sticky Services whose clients are not remembered for now, as they have too many; none where unset. */
    readonly unremembered?: ReadonlySet<ObjectKey>;
  };

/** What the nft and the kernel of a host can do, of what a table can also do without. */
export type Capabilities = {
  readonly affinity: AffinityMethod;
  /** Whether sources can be looked up in ranges; else what has source ranges is closed to everybody. */
  readonly sourceRanges: boolean;
  /** Whether connections can be refused; else they are dropped. */
  readonly reject: boolean;
  /** Whether elements can have counters; else nothing is counted. */
  readonly counters: boolean;
};

export type HostCapabilities = Readonly<Record<Family, Capabilities>>;

export const allCapabilities: Capabilities = { affinity: "remember", sourceRanges: true, reject: true, counters: true };
export const noCapabilities: Capabilities = { affinity: "none", sourceRanges: false, reject: false, counters: false };

/** How to tell that a packet comes from a pod of this node. `none`: there is no way, and nothing is local. */
export type DetectLocal =
  | { readonly kind: "none" }
  | { readonly kind: "cidrs"; readonly cidrs: readonly CIDR[] }
  | { readonly kind: "interface"; readonly name: string }
  | { readonly kind: "interfacePrefix"; readonly prefix: string };

export type NodePortAddresses = {
  /** Serve NodePorts on every local address but loopback, whatever `addresses` holds. */
  readonly any: boolean;
  /** Addresses of this node that serve NodePorts, loopback left out; under `any`, those that are known. */
  readonly addresses: readonly Address[];
};

/**
 * How clients stick to their endpoints.
 *
 * `remember`: the kernel remembers each client's endpoint in a dynamic map, as long as sessionAffinity asks for.
 * `hash`: the client's address chooses the endpoint. It needs no memory, and is for IPv6 on an nft older than 1.0.7,
 * which cannot write to maps with keys that long; most clients move when the number of endpoints changes.
 *
 * `none`: they do not.
 */
export type AffinityMethod = "remember" | "hash" | "none";
