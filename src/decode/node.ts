import * as z from "zod";
import type { Address } from "../model/address.ts";
import type { Node } from "../model/node.ts";
import { labels } from "./labels.ts";
import { clusterMetadata, type Decoded, decodeObject } from "./object.ts";
import { part, parts, type Report, Unchecked } from "./part.ts";
import { DNSSubdomain, IPAddress, Network } from "./scalars.ts";

/** The model of a v1 Node, from its JSON. An address or a network that cannot be used is left out. It never throws. */
export function decodeNode(object: unknown): Decoded<Node> {
  return decodeObject("Node", NodeObject, object, readNode);
}

const NodeObject = z.object({ metadata: clusterMetadata(DNSSubdomain), spec: Unchecked, status: Unchecked });

const NodeSpec = z.object({ podCIDR: Unchecked, podCIDRs: Unchecked, taints: Unchecked });

const NodeStatus = z.object({ addresses: Unchecked });

function readNode({ metadata, spec, status }: z.infer<typeof NodeObject>, report: Report): Node {
  const found = labels(metadata.labels, report);
  const at = (field: string) => ({ field, otherwise: "it is ignored", report });
  const { addresses } = part(NodeStatus, status, at("status")) ?? {};
  const { podCIDR, podCIDRs, taints } = part(NodeSpec, spec, at("spec")) ?? {};
  const networks = parts(Network, podCIDRs, at("spec.podCIDRs"), (network) => network);
  const network = networks.length === 0 && podCIDR !== "" ? part(Network, podCIDR, at("spec.podCIDR")) : undefined;
  return {
    name: metadata.name,
    addresses: readAddresses(addresses, report),
    podCIDRs: network === undefined ? networks : [network],
    zone:
      part(z.string(), found["topology.kubernetes.io/zone"], at('metadata.labels["topology.kubernetes.io/zone"]')) ||
      undefined,
    taints: parts(Taint, taints, at("spec.taints"), ({ key }) => key),
    isBeingDeleted: (metadata.deletionTimestamp ?? undefined) !== undefined,
  };
}

const Taint = z.object({ key: z.string() });

const NodeAddress = z.object({ type: Unchecked, address: Unchecked });

/** InternalIPs, then ExternalIPs, each in the order of the Node. */
function readAddresses(value: unknown, report: Report): readonly Address[] {
  const place = { field: "status.addresses", otherwise: "this address is ignored", report };
  const read = parts(NodeAddress, value, place, ({ type, address }, index) => {
    if (type !== "InternalIP" && type !== "ExternalIP") return undefined;
    const field = `${place.field}[${index}].address`;
    const read = part(IPAddress, address ?? "", { ...place, field });
    return read && { type, address: read };
  });
  return [...read.filter(isInternal), ...read.filter((each) => !isInternal(each))].map(({ address }) => address);
}

function isInternal({ type }: { readonly type: string }): boolean {
  return type === "InternalIP";
}
