import type { NodePortAddresses } from "../compile/settings.ts";
import {
  type Address,
  addressFamily,
  compareAddresses,
  type Family,
  familyName,
  isLoopback,
} from "../model/address.ts";
import { cidrContains, cidrFamily, prefixLength } from "../model/cidr.ts";
import type { NodePortRanges } from "./fields.ts";

/**
 * The addresses of one family that serve NodePorts:
 *
 * - `primary`: the node IP, if it is on an interface. A family without node IP serves none, whatever its addresses.
 * - networks of the family: the addresses on interfaces that lie in them. Loopback addresses are reported, not served.
 * - no network of the family, or one of all its addresses: any local address.
 */
export function nodePortAddresses(
  ranges: NodePortRanges,
  family: Family,
  nodeIP: Address | undefined,
  interfaceAddresses: readonly Address[],
  report: (message: string) => void,
): NodePortAddresses {
  const local = [...new Set(interfaceAddresses)]
    .filter((each) => addressFamily(each) === family)
    .sort(compareAddresses);
  const usable = local.filter((each) => !isLoopback(each));
  if (ranges === "primary") {
    const addresses = usable.filter((each) => each === nodeIP);
    if (nodeIP !== undefined && addresses.length === 0) {
      const why = isLoopback(nodeIP) ? "a loopback address" : "on no interface of this node";
      report(`the node IP ${nodeIP} is ${why}; no ${familyName(family)} address serves NodePorts`);
    }
    return { any: false, addresses };
  }
  const ofFamily = ranges.filter((range) => cidrFamily(range) === family);
  if (ofFamily.length === 0 || ofFamily.some((range) => prefixLength(range) === 0))
    return { any: true, addresses: usable };
  const isIn = (each: Address) => ofFamily.some((range) => cidrContains(range, each));
  for (const each of local.filter((each) => isLoopback(each) && isIn(each))) {
    report(`${each} is a loopback address; it serves no NodePorts`);
  }
  const addresses = usable.filter(isIn);
  if (addresses.length === 0)
    report(`no address of this node is in ${ofFamily.join(", ")}; no ${familyName(family)} address serves NodePorts`);
  return { any: false, addresses };
}
