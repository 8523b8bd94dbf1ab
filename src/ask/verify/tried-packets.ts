import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import type { NodePortFrontend } from "../../compile/plan/frontends.ts";
import { endpointPlans, mayMeetItself, type ServicePlan } from "../../compile/plan/service-plan.ts";
import { type Address, loopbackAddress } from "../../model/address.ts";
import { protocols } from "../../model/port.ts";
import type { Packet } from "../../nft/evaluate/packet.ts";
import { type Client, edges, neighbour, nodeClient, outsideClient, podClient, podInterface } from "../clients.ts";
import type { World } from "../world.ts";
import { frontendOf } from "./expectation.ts";

/**
 * The packets that are tried for a Service: one from each class of clients to each of its frontends, and packets that only
 * look like its traffic.
 *
 * @param met the endpoints that have been their own clients; each is tried once
 */
export function* packetsOfPlan(world: World, plan: ServicePlan, met: Set<Address>): Generator<Packet> {
  for (const port of plan.ports) {
    for (const frontend of port.frontends) {
      const own = frontend.frontend;
      const addresses =
        own.kind === "address" ? [own.address] : world.settings.families[world.family].nodePortAddresses.addresses;
      if (own.kind === "nodePort") yield* toLoopback(world, own);
      for (const daddr of addresses) {
        const planned = world.plans.frontendAt(daddr, own.protocol, own.port);
        if (planned?.frontend !== frontend) continue;
        for (const client of clientsOf(world, planned, daddr, met)) {
          yield { ...client, protocol: own.protocol, daddr, dport: own.port, conntrack: { kind: "new" } };
        }
      }
    }
  }
  if (plan.clusterIP !== undefined) yield* unlisted(world, plan.clusterIP);
  yield* bystanders(world, plan);
}

/** Of all clients, only this node itself reaches its loopback address. */
function* toLoopback({ settings, family }: World, { protocol, port }: NodePortFrontend): Generator<Packet> {
  if (!settings.families[family].nodePortAddresses.loopback) return;
  const daddr = loopbackAddress[family];
  yield { saddr: daddr, protocol, daddr, dport: port, conntrack: { kind: "new" } };
}

/** Packets to destinations without a Service: free addresses of ServiceCIDRs, ports of this node, and foreign addresses. */
export function* nobodysPackets(world: World): Generator<Packet> {
  const { serviceCIDRs, otherClusterIPs = [] } = world.settings.families[world.family];
  const free = serviceCIDRs.flatMap((network) => edges(network).filter((each) => !world.plans.isClusterIP(each)));
  for (const daddr of [...free, ...otherClusterIPs, ...world.nodeAddresses, outsideClient(world).saddr]) {
    yield* unlisted(world, daddr);
  }
}

/** Packets that only look like traffic of a Service: to the number of a NodePort elsewhere, and to endpoints directly. */
function* bystanders(world: World, { ports, clusterIP }: ServicePlan): Generator<Packet> {
  const outside = outsideClient(world);
  for (const { port, endpoints, decisions } of ports) {
    const { protocol, nodePort } = port;
    const packet = { ...outside, protocol, conntrack: { kind: "new" } } as const;
    if (nodePort !== undefined) {
      for (const daddr of [neighbour(outside.saddr, 1), clusterIP]) {
        if (daddr === undefined) continue;
        for (const client of [outside, nodeClient(world, daddr), podClient(world)]) {
          if (client !== undefined) yield { ...client, protocol, daddr, dport: nodePort, conntrack: { kind: "new" } };
        }
      }
    }
    const [daddr] = endpoints.addresses;
    const dport = decisions[0]?.port;
    if (daddr === undefined || dport === undefined) continue;
    yield { ...packet, daddr, dport };
    if (!world.nodeAddresses.has(daddr)) yield { ...packet, saddr: daddr, daddr, dport };
  }
}

/** One client of each class that a frontend may distinguish. */
function* clientsOf(
  world: World,
  { port, frontend }: PlannedFrontend,
  daddr: Address,
  met: Set<Address>,
): Generator<Client> {
  const outside = outsideClient(world);
  const node = nodeClient(world, daddr);
  const pod = podClient(world);
  yield outside;
  if (node) yield node;
  if (pod) yield pod;
  for (const range of [...(frontend.sources ?? []), ...frontend.denied]) {
    for (const saddr of edges(range)) yield { ...outside, saddr };
  }
  let isOtherTried = false;
  for (const each of endpointPlans(port)) {
    const { address } = each.endpoint;
    if (met.has(address) || world.nodeAddresses.has(address)) continue;
    // An endpoint of another node is an ordinary client.
    const isOther = !mayMeetItself(each, each.endpoint);
    if (isOther && isOtherTried) continue;
    isOtherTried ||= isOther;
    met.add(address);
    const iifname = each.isLocal || world.podNetwork(address) ? podInterface(world) : undefined;
    yield { saddr: address, iifname: iifname ?? "uplink" };
  }
}

/** A ping to a ClusterIP and, for each protocol, a packet to a port that it does not have. */
function* unlisted(world: World, daddr: Address): Generator<Packet> {
  const clients = [outsideClient(world), nodeClient(world, daddr)];
  for (const client of clients) {
    if (client === undefined) continue;
    const packet = { ...client, daddr, conntrack: { kind: "new" } } as const;
    yield { ...packet, protocol: "icmp", dport: 0 };
    for (const protocol of protocols) {
      const dport = [65_535, 65_534, 65_533].find(
        (each) => frontendOf(world, { ...packet, protocol, dport: each }) === undefined,
      );
      if (dport !== undefined) yield { ...packet, protocol, dport };
    }
  }
}
