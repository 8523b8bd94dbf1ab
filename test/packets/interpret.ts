import { address, addressFamily, isLoopback } from "../../src/model/address.ts";
import { cidr } from "../../src/model/cidr.ts";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import type { DynamicMaps, Outcome } from "../../src/nft/evaluate/outcome.ts";
import type { Endpoint, Packet } from "../../src/nft/evaluate/packet.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import { placeIn, sourceOf } from "../lab/lab.ts";
import { words } from "../lab/messages.ts";
import type { PodNetwork } from "../lab/topology.ts";
import {
  addresses,
  externalCIDRs,
  familyOf,
  hostOf,
  interfaces,
  loadBalancerCIDRs,
  type Place,
  places,
  podGateways,
  serviceCIDRs,
} from "../lab/world.ts";
import { listeners } from "./listeners.ts";
import type { Row } from "./row.ts";

export type Journey = Pick<Row, "from" | "to" | "port" | "protocol">;

/** What comes of the first packet of a connection, with its outcome in the words of the lab. */
export type Interpreter = (journey: Journey, maps?: DynamicMaps) => readonly Interpreted[];
export type Interpreted = Outcome & { readonly words: string };

/** A lab whose node is replaced by the interpreter of its rules. */
export function interpreter(ruleset: Ruleset, podNetwork: PodNetwork): Interpreter {
  const evaluators = new Map(ruleset.map((table) => [table.family, evaluator(table, nodeAddresses)]));
  return (journey, maps = new Map()) => {
    const packet = packetOf(journey, podNetwork);
    const outcomes = evaluators.get(addressFamily(packet.daddr))?.(packet, { maps }) ?? [];
    return outcomes.map((outcome) => ({ ...outcome, words: wordsOf(journey, packet.saddr, outcome) }));
  };
}

const nodeAddresses: ReadonlySet<string> = new Set([...addresses.node, ...podGateways]);

/** The packet as it comes to the node, or as the node sends it. */
export function packetOf({ from, to, port, protocol }: Journey, podNetwork: PodNetwork): Packet {
  const place = placeIn(from);
  const saddr = address(sourceOf(from, to) ?? sourceOfNode(to));
  const daddr = address(to);
  if (saddr === undefined || daddr === undefined) throw new Error(`no addresses: ${from} -> ${to}`);
  const packet: Packet = { protocol, saddr, daddr, dport: port, conntrack: { kind: "new" } };
  return place === "node" ? packet : { ...packet, iifname: interfaceTo(place, podNetwork) };
}

/** The outcome in the words of the lab: what others than the node make of an accepted packet is the lab's doing. */
function wordsOf({ from, to, port, protocol }: Journey, saddr: string, { result }: Outcome): string {
  switch (result.kind) {
    case "dropped":
      return "dropped";
    case "rejected":
      return words({ kind: "refused", with: result.with === "tcp reset" ? "reset" : "port unreachable" });
    case "accepted": {
      const { endpoint = { address: to, port }, isMasqueraded } = result;
      const server = serverAt(endpoint.address);
      if (!isMasqueraded && result.endpoint) {
        // Nobody believes a packet from outside that claims to be from himself.
        if (endpoint.address === saddr && server !== "node") return "dropped";
        // The node does not see the answer, so that it comes from an address that the client has not called.
        if (!isBehindNode(placeIn(from)) && !isBehindNode(server)) return "dropped";
      }
      return answer(endpoint, protocol, isMasqueraded);
    }
  }
}

function answer({ address, port }: Endpoint, protocol: Row["protocol"], isMasqueraded: boolean): string {
  const by = serverAt(address);
  if (by === undefined) return "dropped";
  if (protocol === "icmp") return words({ kind: "echoed", by });
  const isVirtual = by === "outside" && !addresses.outside.includes(address);
  const isListening = portsOf(by).includes(port) && addresses[by].includes(address);
  if (!isListening && !isVirtual && protocol !== "sctp") {
    return words({ kind: "refused", with: protocol === "tcp" ? "reset" : "port unreachable" });
  }
  const answered = isVirtual && protocol !== "sctp" ? 7 : port;
  return words({
    kind: "answered",
    by,
    port: answered,
    source: "",
    sourcePort: 0,
    addressKept: !isMasqueraded,
    sourceKept: !isMasqueraded,
  });
}

/** Who has an address, `outside` for all virtual ones; undefined: nobody. */
function serverAt(address: string): Place | undefined {
  if (nodeAddresses.has(address) || isLoopback(address)) return "node";
  const virtual = [...serviceCIDRs, ...loadBalancerCIDRs, ...externalCIDRs];
  if (virtual.some((network) => cidr(`${address}${/\/\d+$/.exec(network)?.[0]}`) === network)) return "outside";
  return places.find((place) => addresses[place].includes(address));
}

function portsOf(place: Place): readonly number[] {
  return place.startsWith("pod") ? listeners.podPorts : place.startsWith("node") ? listeners.hostPorts : [];
}

/** The node sees all packets of these, in both directions. */
function isBehindNode(place: Place | undefined): boolean {
  return place !== undefined && (hostOf(place) === "node" || hostOf(place).startsWith("pod"));
}

function interfaceTo(place: Place, podNetwork: PodNetwork): string {
  if (!isBehindNode(place)) return interfaces.uplink;
  return podNetwork === "bridge" ? interfaces.bridge : interfaces.pod(place);
}

/** The address from which the node sends to itself is the same one, and to all other rows' addresses its first one. */
function sourceOfNode(to: string): string {
  if (nodeAddresses.has(to) || isLoopback(to)) return to;
  return addresses.node.find((own) => familyOf(own) === familyOf(to)) ?? "";
}
