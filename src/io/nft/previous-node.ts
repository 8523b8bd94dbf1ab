import { type Address, address, type Family } from "../../model/address.ts";
import { type CIDR, cidr, hostCIDR } from "../../model/cidr.ts";
import { listSet } from "./nft.ts";

/** The fields of a Node that our tables were made from. */
export type PreviousNode = { readonly addresses: readonly Address[]; readonly podCIDRs: readonly CIDR[] };

/**
 * What the previous process knew about the Node, according to our tables in the kernel: the address that serves
 * NodePorts, if it is the only one of its family, as with `primary`, and the pod networks.
 *
 * nft lists these sets, because they are small, and readSets cannot parse intervals.
 */
export async function readPreviousNode(families: readonly Family[]): Promise<PreviousNode> {
  const addresses: Address[] = [];
  const podCIDRs: CIDR[] = [];
  for (const family of families) {
    const serving = await keys(family, "node-port-ips");
    if (serving.length === 1) addresses.push(...serving.flatMap((key) => address(key) ?? []));
    podCIDRs.push(...(await keys(family, "pod-cidrs")).flatMap((key) => cidr(key) ?? hostNetwork(key)));
  }
  return { addresses, podCIDRs };
}

async function keys(family: Family, set: string): Promise<readonly string[]> {
  return (await listSet(family, set)).map(({ key: [first] }) => String(first));
}

/** nft lists a network of one address without the prefix length. */
function hostNetwork(text: string): readonly CIDR[] {
  const single = address(text);
  return single === undefined ? [] : [hostCIDR(single)];
}
