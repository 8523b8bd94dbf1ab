import type { FrontendKey } from "../../compile/plan/frontends.ts";
import type { CIDR } from "../../model/cidr.ts";
import type { TrafficPolicy } from "../../model/service.ts";

/** What a proxy does with connections to one frontend. Undefined: its rules do not show it. */
export type Served = {
  /** The service port, `default/web:http`. */
  readonly name: string | undefined;
  readonly clients: Readonly<Record<Client, Treatment | undefined>>;
  readonly policy: TrafficPolicy | undefined;
  /** `none`, or how long clients keep their endpoint: `10800 s`. */
  readonly affinity: string | undefined;
  /** Who may connect; `all` if no ranges restrict it. */
  readonly sources: readonly CIDR[] | "all" | undefined;
  /** Who may not connect, although `sources` allows them. */
  readonly denied: readonly CIDR[] | undefined;
};

/** The origin of connections: outside, a pod of this node, the node itself. */
export type Client = (typeof allClients)[number];
export const allClients = ["outside", "local pods", "this node"] as const;

export type Treatment =
  | {
      readonly kind: "balanced";
      /** `10.244.1.11:8080`, sorted. */
      readonly endpoints: readonly string[];
      readonly isMasqueraded: boolean | undefined;
    }
  | { readonly kind: "refused" | "dropped" | "left alone" };

/** What a proxy serves in one family. */
export type ServedTable = {
  readonly frontends: ReadonlyMap<FrontendKey, Served>;
  readonly settings: Readonly<Record<Setting, readonly string[] | undefined>>;
};

/** What all frontends share: how local pods are recognized, where NodePorts are served, and how endpoints are chosen. */
export type Setting = "local pods" | "addresses of NodePorts" | "scheduler";

/** kube-proxy's modes. */
export type Mode = "iptables" | "nftables" | "ipvs";

export const allAddresses = "all but loopback";
