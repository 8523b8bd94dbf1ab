import { type Refusal, refusals } from "../../compile/lower/nftables/refusals.ts";
import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import { frontendKeyOf } from "../../compile/plan/frontends.ts";
import {
  type EndpointPlan,
  type FrontendPlan,
  hasEndpoints,
  listOf,
  mayMeetItself,
  type PortPlan,
} from "../../compile/plan/service-plan.ts";
import { type Address, isLoopback } from "../../model/address.ts";
import { type CIDR, cidrContains } from "../../model/cidr.ts";
import { port as portNumber } from "../../model/port.ts";
import { serviceKey } from "../../model/service.ts";
import type { Packet } from "../../nft/evaluate/packet.ts";
import type { World } from "../world.ts";

/** The result that plans expect for the first packet of a connection. They know nothing of rules. */
export type Expectation =
  | {
      readonly kind: "balanced";
      readonly planned: PlannedFrontend;
      /** The list, by each endpoint's `targetText`. */
      readonly endpoints: ReadonlyMap<string, EndpointPlan>;
      /** The number of further endpoints in the list that are never chosen. */
      readonly unreachable: number;
      readonly isMasqueraded: boolean;
    }
  | {
      readonly kind: "refused" | "dropped" | "untouched";
      readonly why: string;
      /** The counter for it, if tables count. */
      readonly counted?: Refusal;
    };

export function expectation(world: World, packet: Packet): Expectation {
  const planned = frontendOf(world, packet);
  return planned === undefined ? withoutFrontend(world, packet) : withFrontend(world, packet, planned);
}

/** The frontend of a packet. If no Service has the address and port, the packet is for the NodePort of that number. */
export function frontendOf({ plans }: World, { protocol, daddr, dport }: Packet): PlannedFrontend | undefined {
  const number = portNumber(dport);
  if (protocol === "icmp" || number === undefined) return undefined;
  const owner = plans.frontendAt(daddr, protocol, number);
  return owner?.frontend.frontend.kind === "address" && !isServed(owner)
    ? (plans.nodePortAt(daddr, protocol, number) ?? owner)
    : owner;
}

/** How long the kernel has to remember the endpoint of a client of the frontend; undefined if it must not. */
export function rememberedSeconds(
  { settings, family }: World,
  { plan, frontend }: PlannedFrontend,
): number | undefined {
  const { affinity, unremembered } = settings.families[family];
  const isLimited = unremembered?.has(serviceKey(plan.service)) === true;
  return affinity === "remember" && !isLimited ? frontend.affinity?.timeoutSeconds : undefined;
}

/** What of a client decides which endpoint it gets, if that is not left to chance. */
export function decidedBy(
  { settings, family }: World,
  { frontend: { affinity, balancing } }: PlannedFrontend,
): "address" | "address and port" | undefined {
  const hasHashAffinity = affinity !== undefined && settings.families[family].affinity === "hash";
  if (hasHashAffinity || balancing === "source-hash") return "address";
  return balancing === "source-hash-port" ? "address and port" : undefined;
}

function isServed({ port, frontend: { outsiders, insiders } }: PlannedFrontend): boolean {
  return [outsiders, insiders].some((list) => hasEndpoints(port, list));
}

function withFrontend(world: World, packet: Packet, planned: PlannedFrontend): Expectation {
  const { port, frontend } = planned;
  if (!mayConnect(frontend, packet.saddr)) {
    return { kind: "dropped", why: "source ranges", counted: refusals[frontend.frontend.kind].sourceRange };
  }
  const isInsider = isFromLocalPod(world, packet) || isFromThisNode(world, packet);
  const list = listOf(port, isInsider ? frontend.insiders : frontend.outsiders);
  if (list.length > 0) {
    const reachable = list.filter((each) => isReachable(world, packet, each));
    return {
      kind: "balanced",
      planned,
      endpoints: new Map(reachable.map((each) => [targetText(each.endpoint.address, each.port), each])),
      unreachable: list.length - reachable.length,
      isMasqueraded: isMasqueraded(world, packet, planned),
    };
  }
  const { policyLocal, noEndpoints } = refusals[frontend.frontend.kind];
  switch (frontend.whenEmpty) {
    case "pass":
      return { kind: "untouched", why: "no endpoint here, but perhaps elsewhere" };
    case "drop":
      return { kind: "dropped", why: "policy Local without an endpoint here", counted: policyLocal };
    case "refuse":
      return { kind: "refused", why: "no endpoints", counted: noEndpoints };
  }
}

function mayConnect({ sources, denied }: FrontendPlan, saddr: Address): boolean {
  const isIn = (networks: readonly CIDR[]) => networks.some((network) => cidrContains(network, saddr));
  return (sources === undefined || isIn(sources)) && !isIn(denied);
}

/** `10.0.0.5 port 8080` */
export function targetText(address: string, port: number): string {
  return `${address} port ${port}`;
}

/** At the loopback address, a process may accept TCP to a NodePort; the rules refuse the rest, where the NodePort is served. */
function isRefusedAtLoopback({ plans, settings, family }: World, { protocol, daddr, dport }: Packet): boolean {
  const { nodePortAddresses } = settings.families[family];
  if (!nodePortAddresses.loopback || !isLoopback(daddr) || protocol === "tcp") return false;
  const owner = plans.owners.owner(frontendKeyOf(undefined, protocol, dport));
  const list = owner === undefined ? [] : listOf(owner.port, owner.frontend.outsiders);
  // Where an endpoint is the NodePort itself, a process of this node listens there.
  const isOwn = ({ endpoint, port }: EndpointPlan) =>
    port === dport && nodePortAddresses.addresses.includes(endpoint.address);
  const all = owner === undefined ? [] : [...list, ...listOf(owner.port, owner.frontend.insiders)];
  return list.length > 0 && !all.some(isOwn);
}

/** Ports without a frontend: at a ClusterIP they are refused, and addresses reserved for ClusterIPs are dropped. */
function withoutFrontend(world: World, packet: Packet): Expectation {
  if (isRefusedAtLoopback(world, packet)) {
    return { kind: "refused", why: "loopback addresses serve TCP only", counted: refusals.nodePort.loopback };
  }
  if (isRefused(world, packet)) {
    return { kind: "refused", why: "unknown port", counted: refusals.clusterIP.unknownPort };
  }
  return world.serviceNetwork(packet.daddr) !== undefined && !isHere(world, packet.daddr)
    ? { kind: "dropped", why: "no ClusterIP yet" }
    : { kind: "untouched", why: "no frontend" };
}

/**
 * A translated packet meets the rules again: if its endpoint is a ClusterIP, or a frontend without endpoints, it is
 * refused or dropped like packets to these.
 */
function isReachable(world: World, packet: Packet, { endpoint, port }: EndpointPlan): boolean {
  const onward = { ...packet, daddr: endpoint.address, dport: port };
  if (withoutFrontend(world, onward).kind !== "untouched") return false;
  const owner = frontendOf(world, onward);
  return owner === undefined || hasEndpoints(owner.port, owner.frontend.outsiders);
}

/** A ClusterIP that is also an address of this node: the rules leave packets from elsewhere to the node. */
function isRefused(world: World, { daddr, iifname }: Pick<Packet, "daddr" | "iifname">): boolean {
  return world.plans.isClusterIP(daddr) && !(isHere(world, daddr) && iifname !== undefined);
}

/** Packets to this node itself do not pass the masquerading chain, and untranslated ones are not masqueraded. */
export function isLeftAlone(world: World, each: EndpointPlan, packet: Packet): boolean {
  return isTarget(each, packet) || (packet.iifname !== undefined && isHere(world, each.endpoint.address));
}

/** Whether an endpoint is the frontend itself, such as a load balancer IP that is the node's, on the same port. */
export function isTarget({ endpoint, port }: EndpointPlan, { daddr, dport }: Packet): boolean {
  return endpoint.address === daddr && port === dport;
}

/** Whether one of the endpoints of a port is. */
export function listsTarget({ endpoints, decisions }: PortPlan, { daddr, dport }: Packet): boolean {
  return endpoints.addresses.some((address, place) => address === daddr && decisions[place]?.port === dport);
}

function isHere({ nodeAddresses }: World, daddr: Address): boolean {
  return nodeAddresses.has(daddr) || isLoopback(daddr);
}

function isMasqueraded(world: World, packet: Packet, { frontend }: PlannedFrontend): boolean {
  switch (frontend.masquerade) {
    case "all":
      return true;
    case "none":
      return false;
    case "all but local pods":
      return !isFromLocalPod(world, packet);
    case "this node":
      return isFromThisNode(world, packet) && !isFromLocalPod(world, packet);
  }
}

/** Whether an endpoint that is its own client is masqueraded in addition; undefined if that makes no difference. */
export function meetsItself(each: EndpointPlan, { saddr }: Packet): boolean | undefined {
  if (each.endpoint.address !== saddr) return false;
  return mayMeetItself(each, each.endpoint) ? true : undefined;
}

function isFromLocalPod({ settings, family, podNetwork }: World, { saddr, iifname }: Packet): boolean {
  const detect = settings.families[family].detectLocal;
  switch (detect.kind) {
    case "none":
      return false;
    case "cidrs":
      return podNetwork(saddr) !== undefined;
    case "interface":
      return iifname === detect.name;
    case "interfacePrefix":
      return iifname?.startsWith(detect.prefix) ?? false;
  }
}

function isFromThisNode(world: World, { saddr }: Packet): boolean {
  return isHere(world, saddr);
}
