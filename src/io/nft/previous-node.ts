import { type Address, address, type Family } from "../../model/address.ts";
import { type CIDR, cidr, hostCIDR } from "../../model/cidr.ts";
import { listSet } from "./nft.ts";

/** What a Node says that our tables were made from. */
export type PreviousNode = { readonly addresses: readonly Address[]; readonly podCIDRs: readonly CIDR[] };

/**
 * What the process before this one knew of the Node, as far as our tables in the kernel tell: the address that serves
 * NodePorts, where it is one in its family, as the primary one is, and the networks of pods.
 *
 * nft lists these sets, as they are small, and intervals are more than readSets takes apart.
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

/** nft lists a network of one address without its length. */
function hostNetwork(text: string): readonly CIDR[] {
  const single = address(text);
  return single === undefined ? [] : [hostCIDR(single)];
}
