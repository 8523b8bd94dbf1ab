import type { Address, Family } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import type { ObjectKey } from "../model/service.ts";
import type { PlanFamilySettings, PlanSettings } from "./plan/service-plan.ts";

/** What a node's ruleset depends on besides Services and their endpoints: the Node, the configuration, the host. */
export type Settings = PlanSettings & {
  readonly families: Readonly<Record<Family, FamilySettings>>;
  readonly masqueradeBit: number;
  /** Whether the kernel counts the new connections of each frontend, and refused packets. */
  readonly counters: boolean;
  /** The most source ranges of a Service in a family, counted for each load balancer IP and range of ports. */
  readonly sourceRangeLimit: number;
  /** The most source ranges of all Services together, in a family: the oldest Services come first. */
  readonly tableSourceRangeLimit: number;
  /** The most session affinity timeouts that are kept exactly, besides the common ones. */
  readonly affinityTimeoutLimit: number;
};

export type FamilySettings = PlanFamilySettings &
  Omit<Capabilities, "counters"> & {
    readonly detectLocal: DetectLocal;
    readonly nodePortAddresses: NodePortAddresses;
    /** The networks of all pods; empty if they are not known. */
    readonly podNetworks: readonly CIDR[];
    /** New connections to addresses in these networks that are not ClusterIPs are dropped. */
    readonly serviceCIDRs: readonly CIDR[];
    /** Except to these, the ClusterIPs of Services that another proxy serves; unset if there are none. */
    readonly otherClusterIPs?: readonly Address[];
    /** Sticky Services whose clients are not remembered for now because they have too many; unset if there are none. */
    readonly unremembered?: ReadonlySet<ObjectKey>;
  };

/** The optional features that the nft and the kernel of a host support. */
export type Capabilities = {
  readonly affinity: AffinityMethod;
  /** Whether sources can be looked up in ranges; if not, what has source ranges is closed to everyone. */
  readonly sourceRanges: boolean;
  /** Whether an endpoint can be chosen by a hash of its client; if not, all are balanced at random. */
  readonly sourceHash: boolean;
  /** Whether connections can be refused; if not, they are dropped. */
  readonly reject: boolean;
  /** Whether elements can have counters; if not, nothing is counted. */
  readonly counters: boolean;
};

export type HostCapabilities = Readonly<Record<Family, Capabilities>>;

export const allCapabilities: Capabilities = {
  affinity: "remember",
  sourceRanges: true,
  sourceHash: true,
  reject: true,
  counters: true,
};
export const noCapabilities: Capabilities = {
  affinity: "none",
  sourceRanges: false,
  sourceHash: false,
  reject: false,
  counters: false,
};

/** How to recognize a packet from a pod of this node. `none`: it is impossible, and nothing is local. */
export type DetectLocal =
  | { readonly kind: "none" }
  | { readonly kind: "cidrs"; readonly cidrs: readonly CIDR[] }
  | { readonly kind: "interface"; readonly name: string }
  | { readonly kind: "interfacePrefix"; readonly prefix: string };

export type NodePortAddresses = {
  /** Serve NodePorts on every local address except loopback, whatever `addresses` holds. */
  readonly any: boolean;
  /** Addresses of this node that serve NodePorts, without loopback; under `any`, the known ones. */
  readonly addresses: readonly Address[];
  /** Whether the agent itself accepts TCP to NodePorts on the loopback address; the rules refuse other protocols there. */
  readonly loopback: boolean;
};

/**
 * How clients stick to their endpoints.
 *
 * * `remember`: the kernel remembers each client's endpoint in a dynamic map, for the timeout of sessionAffinity.
 * * `hash`: the client's address chooses the endpoint. It needs no memory, and is for IPv6 on an nft older than 1.0.7,
 *   which cannot write to maps with keys that long; most clients move when the number of endpoints changes.
 * * `none`: they do not.
 */
export type AffinityMethod = "remember" | "hash" | "none";
