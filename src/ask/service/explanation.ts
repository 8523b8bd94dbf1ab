import { clusterProblems } from "../../compile/compile.ts";
import { loopbackPlaces } from "../../compile/plan/loopback.ts";
import {
  endpointPlans,
  type FrontendPlan,
  isUsed,
  type Masquerade,
  type PlanFamilySettings,
  type PortPlan,
  placesOf,
  type ServicePlan,
} from "../../compile/plan/service-plan.ts";
import type { EndpointUse, ListName } from "../../compile/plan/topology.ts";
import type { ServiceDetails } from "../../decode/service-details.ts";
import { type Family, loopbackAddress } from "../../model/address.ts";
import type { HashBalancing } from "../../model/annotations.ts";
import { problemLine } from "../../model/problem.ts";
import { type ObjectKey, servicePortName, type TrafficPolicy } from "../../model/service.ts";
import type { World } from "../world.ts";
import { type Finding, serviceFindings } from "./findings.ts";

/** All decisions about a Service on a node, and their reasons, as plain data. */
export type ServiceExplanation = {
  readonly service: ObjectKey;
  readonly type: string;
  /** `app=web,tier=front` */
  readonly labels: string | undefined;
  readonly node: string;
  readonly zone: string | undefined;
  readonly internalTrafficPolicy: TrafficPolicy;
  readonly externalTrafficPolicy: TrafficPolicy;
  /** Undefined without session affinity. */
  readonly affinitySeconds: number | undefined;
  /** What of a client decides on its endpoint, but for session affinity; undefined: nothing. */
  readonly balancing: HashBalancing | undefined;
  readonly healthCheckNodePort: number | undefined;
  readonly ports: readonly PortExplanation[];
  readonly findings: readonly Finding[];
  readonly problems: readonly string[];
};

export type PortExplanation = {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol: string | undefined;
  readonly family: Family;
  readonly frontends: readonly FrontendExplanation[];
  readonly endpoints: readonly EndpointExplanation[];
};

export type FrontendExplanation = {
  readonly kind: "ClusterIP" | "load balancer IP" | "external IP" | "NodePort";
  /** Of a NodePort, the addresses of this node that serve it. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** The service port of another Service, `namespace/name:port`, that has the frontend instead. */
  readonly owner: string | undefined;
  /** The results for clients outside this node, and for its pods and the node itself. */
  readonly outsiders: ClientsExplanation;
  readonly insiders: ClientsExplanation;
  readonly masquerade: Masquerade;
  /** The networks that may connect; undefined: all. */
  readonly sources: readonly string[] | undefined;
  /** The networks that may not connect, whatever `sources` allows. */
  readonly denied: readonly string[];
  /** Of a NodePort, what this node gets at its loopback address; undefined where that was not asked for. */
  readonly loopback: LoopbackExplanation | undefined;
};

/** `passed on`: by the agent, as the rules cannot. `refused`: with endpoints, as only TCP is served there, or as sources are restricted. */
export type LoopbackExplanation = {
  readonly address: string;
  readonly endpoints: number;
  readonly fate: "passed on" | "refused";
};

export type ClientsExplanation = {
  readonly list: ListName;
  readonly endpoints: number;
  /** What happens to a connection. */
  readonly fate: "balanced" | (typeof fates)[FrontendPlan["whenEmpty"]];
};

export type EndpointExplanation = {
  readonly address: string;
  readonly port: number;
  readonly pod: string | undefined;
  readonly node: string | undefined;
  readonly zone: string | undefined;
  readonly slice: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly isLocal: boolean;
  readonly isUsed: boolean;
} & Readonly<Record<ListName, EndpointUse>>;

/** What an explanation needs besides plans. */
export type ExplanationContext = {
  /** What is known of the objects themselves. */
  readonly details: ServiceDetails | undefined;
  /** The name or number of a port, to explain only that. */
  readonly portFilter: string | undefined;
  /** Why nft refuses the Service's rules. */
  readonly setAside?: ReadonlyMap<Family, string>;
};

/** Undefined if no such Service is planned. */
export function explainService(
  worlds: readonly World[],
  key: ObjectKey,
  { details, portFilter, setAside = new Map() }: ExplanationContext,
): ServiceExplanation | undefined {
  const plans = worlds.flatMap(({ plans }) => plans.planOf(key) ?? []);
  const [first] = plans;
  const [world] = worlds;
  if (first === undefined || world === undefined) return undefined;
  const { service } = first;
  const isWanted = ({ port }: PortPlan) =>
    portFilter === undefined || port.name === portFilter || String(port.port) === portFilter;
  const shown = plans.map((plan) => ({ ...plan, ports: plan.ports.filter(isWanted) }));
  return {
    service: key,
    type: service.type,
    labels: service.labels,
    node: world.settings.nodeName,
    zone: world.settings.zone,
    internalTrafficPolicy: service.internalTrafficPolicy,
    externalTrafficPolicy: service.externalTrafficPolicy,
    affinitySeconds: service.sessionAffinity?.timeoutSeconds,
    balancing: shown.flatMap(({ ports }) => ports).some(isHashed) ? service.annotations?.balancing : undefined,
    healthCheckNodePort: service.healthCheckNodePort,
    ports: shown.flatMap((plan) => {
      const own = worlds.find(({ family }) => family === plan.family) ?? world;
      return plan.ports.map((port) => explainPort(own, plan, port, details));
    }),
    findings: serviceFindings(shown, {
      selector: details?.selector,
      scaledToZero: details?.scaledToZero,
      notReady: (address) => details?.pods.get(address)?.notReady,
      setAside,
    }),
    problems: clusterProblems(
      worlds.map(({ plans }) => plans),
      key,
    ).map(problemLine),
  };
}

function explainPort(
  world: World,
  { family }: ServicePlan,
  port: PortPlan,
  details: ServiceDetails | undefined,
): PortExplanation {
  const { name, port: number, protocol, appProtocol } = port.port;
  return {
    name,
    port: number,
    protocol,
    appProtocol,
    family,
    frontends: port.frontends.map((each) => explainFrontend(world, port, each)),
    endpoints: endpointPlans(port).map((each) => {
      const { address, nodeName, ready, serving, terminating } = each.endpoint;
      const { pod, zone } = details?.pods.get(address) ?? { pod: undefined, zone: undefined };
      const { cluster, local, isLocal, slice } = each;
      return {
        address,
        port: each.port,
        pod,
        node: nodeName,
        zone,
        slice: slice.name,
        ready,
        serving,
        terminating,
        isLocal,
        isUsed: isUsed(each),
        cluster,
        local,
      };
    }),
  };
}

function isHashed({ frontends }: PortPlan): boolean {
  return frontends.some(({ balancing }) => balancing !== "random");
}

const fates = { refuse: "refused", drop: "dropped", pass: "left alone" } as const;

const kinds = { clusterIP: "ClusterIP", loadBalancerIP: "load balancer IP", externalIP: "external IP" } as const;

function explainFrontend({ plans, settings, family }: World, port: PortPlan, each: FrontendPlan): FrontendExplanation {
  const { frontend, outsiders, insiders, whenEmpty, masquerade, sources, denied } = each;
  const owner = plans.ownerOf(frontend);
  const clients = (list: ListName): ClientsExplanation => {
    const endpoints = placesOf(port, list).length;
    return { list, endpoints, fate: endpoints > 0 ? "balanced" : fates[whenEmpty] };
  };
  return {
    kind: frontend.kind === "nodePort" ? "NodePort" : kinds[frontend.source],
    addresses:
      frontend.kind === "nodePort" ? settings.families[family].nodePortAddresses.addresses : [frontend.address],
    port: frontend.port,
    owner:
      owner === undefined || owner.frontend === each ? undefined : servicePortName(owner.plan.service, owner.port.port),
    outsiders: clients(outsiders),
    insiders: clients(insiders),
    masquerade,
    sources,
    denied,
    loopback: explainLoopback(family, settings.families[family], port, each),
  };
}

function explainLoopback(
  family: Family,
  settings: PlanFamilySettings,
  port: PortPlan,
  each: FrontendPlan,
): LoopbackExplanation | undefined {
  if (each.frontend.kind !== "nodePort" || !settings.nodePortAddresses.loopback) return undefined;
  const endpoints = loopbackPlaces(port, each, settings).length;
  return { address: loopbackAddress[family], endpoints, fate: endpoints > 0 ? "passed on" : "refused" };
}
