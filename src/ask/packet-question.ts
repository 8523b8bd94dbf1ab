import { type Address, address, addressFamily, type Family } from "../model/address.ts";
import { type Protocol, port, protocols } from "../model/port.ts";
import type { Packet } from "../nft/evaluate/packet.ts";
import { type Client, nodeClient, outsideClient, podClient, podInterface } from "./clients.ts";
import type { World } from "./world.ts";

/** Where a packet goes: `10.96.0.10:80`, `[fd00::10]:53/udp`, or `10.96.0.10/icmp` for a ping. */
export type Target = { readonly daddr: Address; readonly dport: number; readonly protocol: Protocol | "icmp" };

/** Who sends it: an address, or one of the kinds of clients that rules distinguish. */
export type Sender = "pod" | "node" | "outside" | Address;

/** Why the rules cannot answer a question, for people. */
export class QuestionError extends Error {
  override readonly name = "QuestionError";
}

/** Throws a QuestionError. */
export function target(text: string): Target {
  const { ipv6, ipv4, number, name = "tcp" } = grammar.exec(text)?.groups ?? {};
  const daddr = address(ipv6 ?? ipv4 ?? "");
  if (daddr === undefined) throw new QuestionError(`--to ${JSON.stringify(text)}: ${whyNoTarget(text)}`);
  if (name === "icmp" && number === undefined) return { daddr, dport: 0, protocol: "icmp" };
  const protocol = protocols.find((each) => each === name.toLowerCase());
  const dport = port(Number(number));
  if (protocol === undefined)
    throw new QuestionError(`--to ${JSON.stringify(text)}: the protocol is tcp, udp, sctp, or icmp without a port`);
  if (dport === undefined)
    throw new QuestionError(
      `--to ${JSON.stringify(text)}: add a port from 1 to 65535, as in ${ipv6 === undefined ? daddr : `[${daddr}]`}:80`,
    );
  return { daddr, dport, protocol };
}

const grammar =
  /^(?:\[(?<ipv6>[\da-fA-F:.]+)\]|(?<ipv4>[\d.]+|[\da-fA-F:]+(?=\/icmp$)))(?::(?<number>\d{1,5}))?(?:\/(?<name>[a-zA-Z]+))?$/;

function whyNoTarget(text: string): string {
  if (/^https?:|\/\/|ingress/i.test(text))
    return "an ingress controller handles URLs and Ingresses; give the address and port of its Service";
  if (/^\$|_SERVICE_(HOST|PORT)/.test(text))
    return "the kubelet sets environment variables when a container starts; give the address that the variable has";
  if (/[a-z]/i.test(text) && !/:.*:/.test(text))
    return "the cluster's DNS resolves names, not a service proxy; give the address of the name, or ask for the Service: kube-nft explain NAMESPACE/NAME";
  return "it is not an address and port, such as 10.96.0.10:80, [fd00::10]:53/udp or 10.96.0.10/icmp";
}

/** Throws a QuestionError. */
export function sender(text: string): Sender {
  if (text === "pod" || text === "node" || text === "outside") return text;
  const found = address(text.replace(/^\[(.*)\]$/, "$1"));
  if (found === undefined)
    throw new QuestionError(
      `--from ${JSON.stringify(text)}: give an address, pod (of this node), node (this one) or outside`,
    );
  return found;
}

/** The first packet of a connection. Throws a QuestionError if nobody can send it. */
export function packetOf(world: World, from: Sender, { daddr, dport, protocol }: Target): Packet {
  return { ...clientOf(world, from, daddr), protocol, daddr, dport, conntrack: { kind: "new" } };
}

function clientOf(world: World, from: Sender, daddr: Address): Client {
  const family = addressFamily(daddr);
  switch (from) {
    case "outside":
      return outsideClient(world);
    case "node": {
      const client = nodeClient(world, daddr);
      if (client === undefined)
        throw new QuestionError(
          `--from node: no ${family === "ip" ? "IPv4" : "IPv6"} address of the node is known; give one`,
        );
      return client;
    }
    case "pod": {
      const client = podClient(world);
      if (client === undefined)
        throw new QuestionError(
          "--from pod: the configuration does not say how to recognize pods of this node (detectLocalMode, clusterCIDR): the rules treat them as outside",
        );
      return client;
    }
    default:
      return addressClient(world, from, family);
  }
}

function addressClient(world: World, saddr: Address, family: Family): Client {
  if (addressFamily(saddr) !== family) throw new QuestionError("--from and --to are of different address families");
  if (world.nodeAddresses.has(saddr)) return { saddr };
  const isPodHere = world.podNetwork(saddr) !== undefined || isLocalEndpoint(world, saddr);
  return { saddr, iifname: (isPodHere ? podInterface(world) : undefined) ?? "uplink" };
}

/** If pods are recognized by their interface, an endpoint on this node is known to be one. */
function isLocalEndpoint({ plans }: World, saddr: Address): boolean {
  for (const { ports } of plans.plans) {
    for (const { endpoints, decisions } of ports) {
      if (endpoints.addresses.some((address, place) => address === saddr && decisions[place]?.isLocal)) return true;
    }
  }
  return false;
}
