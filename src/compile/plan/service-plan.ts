import type { Address, Family } from "../../model/address.ts";
import type { HashBalancing } from "../../model/annotations.ts";
import type { CIDR } from "../../model/cidr.ts";
import type { EndpointSlice } from "../../model/endpoint-slice.ts";
import { type Endpoint, type EndpointState, type Endpoints, endpointAt } from "../../model/endpoints.ts";
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
  readonly endpoints: Endpoints;
  /**
   * The decision about the endpoint at the same place; all endpoints of a slice with the same decision share one object.
   */
  readonly decisions: readonly EndpointDecision[];
};

export type FrontendPlan = {
  readonly frontend: Frontend;
  /** The list for clients outside this node and its pods. */
  readonly outsiders: ListName;
  /** The list for pods of this node, and for the node itself. */
  readonly insiders: ListName;
  /** What happens to a packet if its list is empty. `pass`: it is left alone, as others may serve the address. */
  readonly whenEmpty: "refuse" | "drop" | "pass";
  readonly masquerade: Masquerade;
  readonly affinity: ClientIPAffinity | undefined;
  readonly balancing: Balancing;
  /** The networks that may connect; undefined: all. */
  readonly sources: readonly CIDR[] | undefined;
  /** The networks that may not connect, whatever `sources` holds. */
  readonly denied: readonly CIDR[];
};

/** How the endpoint of a client is chosen that has none yet: at random, or by a hash of its address, or of its address and port. */
export type Balancing = "random" | HashBalancing;

/**
 * Whose packets get this node's address as their source, so that replies come back through it: all, none, all except those
 * of local pods, or only those of this node itself. Endpoints that meet their own connection are always masqueraded.
 */
export type Masquerade = "all" | "none" | "all but local pods" | "this node";

export type EndpointDecision = {
  readonly port: Port;
  readonly slice: EndpointSlice;
  /** On this node: its nodeName is the node's name. An endpoint without nodeName is on no node. */
  readonly isLocal: boolean;
} & Readonly<Record<ListName, EndpointUse>>;

/** An endpoint of a plan as a separate value, for code that looks at few. */
export type EndpointPlan = EndpointDecision & { readonly endpoint: Endpoint };

/** The places of endpoints from the first up to the one before `end`. */
export type Places = { readonly first: number; readonly end: number };

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
  /** The known addresses of this node that serve NodePorts, and whether the loopback address does. */
  readonly nodePortAddresses: { readonly addresses: readonly Address[]; readonly loopback: boolean };
  /** The networks of ClusterIPs; nothing else may claim an address in them. */
  readonly serviceCIDRs: readonly CIDR[];
  /** `none`: packets from pods of this node cannot be recognized. */
  readonly detectLocal: { readonly kind: string };
  /** Whether this host can look up sources in ranges. */
  readonly sourceRanges: boolean;
  /** Whether it can choose an endpoint by a hash of its client. */
  readonly sourceHash: boolean;
};

export function endpointPlan({ endpoints, decisions }: PortPlan, place: number): EndpointPlan {
  const decision = decisions[place];
  if (decision === undefined) throw new RangeError(`there is no endpoint ${place}`);
  return { endpoint: endpointAt(endpoints, place), ...decision };
}

export function endpointPlans(port: PortPlan): readonly EndpointPlan[] {
  return port.decisions.map((_, place) => endpointPlan(port, place));
}

/** The endpoints that are used in a list, in slot order. */
export function listOf(port: PortPlan, name: ListName): readonly EndpointPlan[] {
  return placesOf(port, name).map((place) => endpointPlan(port, place));
}

/** The places of these within a range. */
export function placesOf(port: PortPlan, name: ListName, { first, end } = allPlaces(port)): readonly number[] {
  let count = 0;
  for (let place = first; place < end; place++) if (port.decisions[place]?.[name] === "used") count += 1;
  // An array that grows has more room than most lists need.
  const places = new Array<number>(count);
  let next = 0;
  for (let place = first; place < end; place++) if (port.decisions[place]?.[name] === "used") places[next++] = place;
  return places;
}

export function allPlaces({ decisions }: PortPlan): Places {
  return { first: 0, end: decisions.length };
}

/** `10.0.0.5 8080` */
export function endpointText({ endpoints, decisions }: PortPlan, place: number): string {
  return `${endpoints.addresses[place]} ${decisions[place]?.port}`;
}

/** Whether any of them is used in a list. */
export function hasEndpoints({ decisions }: PortPlan, name: ListName): boolean {
  return decisions.some((each) => each[name] === "used");
}

/** The external IPs and load balancer IPs on which a plan has frontends. */
export function externalAddresses({ service, ports }: ServicePlan): ReadonlySet<Address> {
  if (service.externalIPs.length + service.loadBalancerIPs.length === 0) return noAddresses;
  const addresses = new Set<Address>();
  for (const { frontends } of ports) {
    for (const { frontend } of frontends) {
      if (frontend.kind === "address" && frontend.source !== "clusterIP") addresses.add(frontend.address);
    }
  }
  return addresses;
}

/** The result for most Services. */
const noAddresses: ReadonlySet<Address> = new Set();

export function isUsed({ cluster, local }: EndpointDecision): boolean {
  return cluster === "used" || local === "used";
}

/** Whether an endpoint may be the client of its own connection: then replies must not go to itself directly. */
export function mayMeetItself(decision: EndpointDecision, { nodeName }: Pick<EndpointState, "nodeName">): boolean {
  return isUsed(decision) && (decision.isLocal || nodeName === undefined);
}

export function comparePorts(a: ServicePort, b: ServicePort): number {
  return (
    a.port - b.port ||
    compareText(a.protocol, b.protocol) ||
    compareText(a.name, b.name) ||
    (a.nodePort ?? 0) - (b.nodePort ?? 0)
  );
}
