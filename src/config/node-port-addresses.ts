import type { NodePortAddresses } from "../compile/settings.ts";
import {
  type Address,
  addressFamily,
  compareAddresses,
  type Family,
  familyName,
  isLoopback,
} from "../model/address.ts";
import {
  type CIDR,
  cidrContains,
  cidrFamily,
  isWithin,
  loopback as loopbackNetworks,
  prefixLength,
} from "../model/cidr.ts";
import type { NodePortRange } from "./fields.ts";

/**
 * The addresses of one family that serve NodePorts: of the addresses on interfaces, without loopback addresses,
 *
 * - `primary`: the node IP. A family without a node IP has none, whatever its addresses.
 * - networks of the family: the addresses in them.
 * - `all`, a network of all addresses of the family, or neither a word nor a network of the family: every local address.
 *
 * The loopback address serves them where it is asked for itself: by `localhost`, or by a network within the loopback network.
 *
 * Reports entries that match no address.
 */
export function nodePortAddresses(
  ranges: readonly NodePortRange[],
  family: Family,
  nodeIP: Address | undefined,
  interfaceAddresses: readonly Address[],
  report: (message: string) => void,
): NodePortAddresses {
  const local = [...new Set(interfaceAddresses)]
    .filter((each) => addressFamily(each) === family)
    .sort(compareAddresses);
  const usable = local.filter((each) => !isLoopback(each));
  const ofFamily = ranges.filter(isNetwork).filter((range) => cidrFamily(range) === family);
  const networks = ofFamily.filter((range) => !isWithin(range, loopbackNetworks[family]));
  const loopback = ranges.includes("localhost") || networks.length < ofFamily.length;
  const isAny =
    ranges.includes("all") ||
    (ofFamily.length === 0 && ranges.every(isNetwork)) ||
    networks.some((range) => prefixLength(range) === 0);
  if (isAny) return { any: true, addresses: usable, loopback };
  const isPrimary = (each: Address) => each === nodeIP && ranges.includes("primary");
  const isIn = (each: Address) => networks.some((range) => cidrContains(range, each));
  const addresses = usable.filter((each) => isPrimary(each) || isIn(each));
  for (const each of loopback ? [] : local.filter((each) => isLoopback(each) && isIn(each))) {
    report(`${each} is a loopback address; it serves no NodePorts unless "localhost" is among them`);
  }
  const consequence = `${addresses.length > 0 ? "others serve" : `no ${familyName(family)} address${loopback ? " but the loopback address" : ""} serves`} NodePorts`;
  if (ranges.includes("primary") && nodeIP !== undefined && !addresses.includes(nodeIP)) {
    const why = isLoopback(nodeIP) ? "a loopback address" : "on no interface of this node";
    report(`the node IP ${nodeIP} is ${why}; ${consequence}`);
  }
  if (networks.length > 0 && !usable.some(isIn)) {
    report(`no address of this node is in ${networks.join(", ")}; ${consequence}`);
  }
  return { any: false, addresses, loopback };
}

function isNetwork(range: NodePortRange): range is CIDR {
  return range !== "primary" && range !== "localhost" && range !== "all";
}
