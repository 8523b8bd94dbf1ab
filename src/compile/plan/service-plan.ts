import type { Address, Family } from "../../model/address.ts";
import type { CIDR } from "../../model/cidr.ts";
import type { Endpoint, EndpointSlice } from "../../model/endpoint-slice.ts";
import type { Port } from "../../model/port.ts";
import { type ClientIPAffinity, compareText, type Service, type ServicePort } from "../../model/service.ts";
import type { Frontend } from "./frontends.ts";
import type { PlanProblem } from "./problems.ts";
import type { EndpointUse, ListName } from "./topology.ts";

/**
 * All decisions about a Service in one family. It says what has to happen, and nothing about how nftables does it.
 *
 * A plan is a pure function of the Service, its slices, the family and the settings. What can be derived is not stored,
 * because there are many plans.
 */
export type ServicePlan = {
  readonly service: Service;
  readonly family: Family;
  /** Undefined if the Service does not exist in the family: then it has no ports. */
  readonly clusterIP: Address | undefined;
  /** Ordered by number and protocol. */
  readonly ports: readonly PortPlan[];
  readonly problems: readonly PlanProblem[];
};

/** A Service's plan as it was in the rules, and as it is now; undefined without a Service. */
export type PlanChange = { readonly before: ServicePlan | undefined; readonly after: ServicePlan | undefined };

export type PortPlan = {
  readonly port: ServicePort;
  readonly frontends: readonly FrontendPlan[];
  /** Every endpoint that a slice lists for the port, ordered by address and port as numbers. */
  readonly endpoints: readonly EndpointPlan[];
};

export type FrontendPlan = {
  readonly frontend: Frontend;
  /** The list for clients outside this node and its pods. */
  readonly outsiders: ListName;
  /** The list for pods of this node, and for the node itself. */
  readonly insiders: ListName;
  /** What happens to a packet if its list is empty. */
  readonly whenEmpty: "refuse" | "drop";
  readonly masquerade: Masquerade;
  readonly affinity: ClientIPAffinity | undefined;
  /** The networks that may connect; undefined: all. */
  readonly sources: readonly CIDR[] | undefined;
  /** The networks that may not connect, whatever `sources` holds. */
  readonly denied: readonly CIDR[];
};

/**
 * Whose packets get this node's address as their source, so that replies come back through it: all, none, all except those
 * of local pods, or only those of this node itself. Endpoints that meet their own connection are always masqueraded.
 */
export type Masquerade = "all" | "none" | "all but local pods" | "this node";

export type EndpointPlan = {
  readonly endpoint: Endpoint;
  readonly port: Port;
  readonly slice: EndpointSlice;
  /** On this node: its nodeName is the node's name. An endpoint without nodeName is on no node. */
  readonly isLocal: boolean;
} & Readonly<Record<ListName, EndpointUse>>;

/** What a plan depends on besides the Service and its slices. */
export type PlanSettings = {
  readonly nodeName: string;
  /** The zone with which topology hints are compared; undefined disables zone hints. */
  readonly zone: string | undefined;
  readonly masqueradeAll: boolean;
  /** Whether external IPs are served; if not, it is as if no Service had any. */
  readonly externalIPs: boolean;
  /** The most elements that a Service may have in a family: endpoints for each frontend and list. */
  readonly elementLimit: number;
  /** Where this node's agent reaches the API server: no frontend except a ClusterIP may take that away. */
  readonly apiServer: readonly ServerAddress[];
  readonly families: Readonly<Record<Family, PlanFamilySettings>>;
};

export type ServerAddress = { readonly address: Address; readonly port: Port };

export type PlanFamilySettings = {
  /** The node's primary address: if it may reach a load balancer IP, so may that IP itself. */
  readonly nodeIP: Address | undefined;
  /** The known addresses of this node that serve NodePorts. */
  readonly nodePortAddresses: { readonly addresses: readonly Address[] };
  /** The networks of ClusterIPs; nothing else may claim an address in them. */
  readonly serviceCIDRs: readonly CIDR[];
  /** `none`: packets from pods of this node cannot be recognized. */
  readonly detectLocal: { readonly kind: string };
  /** Whether this host can look up sources in ranges. */
  readonly sourceRanges: boolean;
};

/** The endpoints that are used in a list, in slot order. */
export function listOf({ endpoints }: PortPlan, name: ListName): readonly EndpointPlan[] {
  return endpoints.filter((each) => each[name] === "used");
}

/** The external IPs and load balancer IPs on which a plan has frontends. */
export function externalAddresses({ ports }: ServicePlan): ReadonlySet<Address> {
  const addresses = new Set<Address>();
  for (const { frontends } of ports) {
    for (const { frontend } of frontends) {
      if (frontend.kind === "address" && frontend.source !== "clusterIP") addresses.add(frontend.address);
    }
  }
  return addresses;
}

export function isUsed({ cluster, local }: EndpointPlan): boolean {
  return cluster === "used" || local === "used";
}

/** Whether an endpoint may be the client of its own connection: then replies must not go to itself directly. */
export function mayMeetItself(each: EndpointPlan): boolean {
  return (each.isLocal || each.endpoint.nodeName === undefined) && isUsed(each);
}

export function comparePorts(a: ServicePort, b: ServicePort): number {
  return (
    a.port - b.port ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.name, b.name) ||
    (a.nodePort ?? 0) - (b.nodePort ?? 0)
  );
}
