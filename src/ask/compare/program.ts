import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { CIDR } from "../../model/cidr.ts";

/** The rules of another proxy, as far as they determine what happens to connections, in any rule language. */
export type Program = {
  /** Where the packets of each frontend begin. */
  readonly frontends: ReadonlyMap<FrontendKey, Entry>;
  readonly chains: ReadonlyMap<string, readonly Step[]>;
};

export type Entry = {
  /** The service port, if the rules name it. */
  readonly name: string | undefined;
  readonly steps: readonly Step[];
  /** What happens to untranslated packets. */
  readonly otherwise: "refused" | "dropped" | "left alone";
  /** The source ranges; undefined if none are checked before these steps. */
  readonly sources?: readonly CIDR[] | undefined;
};

/** A rule. */
export type Step = { readonly conditions: readonly Condition[]; readonly action: Action };

export type Condition =
  /** `how` local pods are recognized: a network, or `interface cali+`. */
  | { readonly kind: "localPods"; readonly how: string; readonly not: boolean }
  | { readonly kind: "thisNode"; readonly not: boolean }
  | { readonly kind: "frontend"; readonly key: string }
  | { readonly kind: "sourceRange"; readonly cidr: CIDR }
  /** The client had this endpoint before. */
  | { readonly kind: "remembered"; readonly seconds: number }
  | { readonly kind: "chance" }
  /** Old rules for external IPs check the bridge on which a packet arrived. */
  | { readonly kind: "notBridged" }
  /**
   * Never true where connections to a frontend begin: the packet comes from its own endpoint, or belongs to another
   * program.
   */
  | { readonly kind: "never" };

export type Action =
  | { readonly kind: "jump" | "goto"; readonly chain: string }
  | { readonly kind: "endpoint"; readonly endpoint: string }
  | { readonly kind: "mark" | "drop" | "return" };

/** Chains with these names lead only to the endpoints of this node. */
export function isLocalList(chain: string): boolean {
  return /^(KUBE-SVL-|KUBE-XLB-|local-)/.test(chain);
}
