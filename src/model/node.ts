import type { Address } from "./address.ts";
import type { CIDR } from "./cidr.ts";

export type Node = {
  readonly name: string;
  /** InternalIPs, then ExternalIPs, in the order of `status.addresses`. The first of a family is its node IP. */
  readonly addresses: readonly Address[];
  readonly podCIDRs: readonly CIDR[];
  /** The label `topology.kubernetes.io/zone`; undefined where it is missing or empty. */
  readonly zone: string | undefined;
  /** The keys of `spec.taints`. */
  readonly taints: readonly string[];
  /** `metadata.deletionTimestamp` is set: the Node stays until its finalizers are gone. */
  readonly isBeingDeleted: boolean;
};
