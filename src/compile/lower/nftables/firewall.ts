import { type Protocol, protocols } from "../../../model/port.ts";
import type { Field, LookupStatement, Rule } from "../../../nft/rule.ts";
import type { Chain } from "../../../nft/ruleset.ts";
import { refusals, refusalVerdict } from "./refusals.ts";
import { frontendSets, onNodeSet } from "./sets.ts";
import { twice } from "./twice.ts";

const saddr: Field = { kind: "saddr" };
const daddr: Field = { kind: "daddr" };

/**
 * Before DNAT: drops packets to frontends from sources that may not connect.
 *
 * @param canCheck whether this host can look up sources in ranges; if not, what has source ranges is closed to everyone
 * @param onNodePortAddress matches packets to the addresses that serve NodePorts
 */
export function firewallChains(canCheck: boolean, onNodePortAddress: Rule, counters: boolean): readonly Chain[] {
  const drop = {
    address: refusalVerdict(refusals.address.sourceRange, counters),
    nodePort: refusalVerdict(refusals.nodePort.sourceRange, counters),
  };
  const among = (key: readonly Field[], set: string, not = false): LookupStatement => ({
    kind: "member",
    key,
    ...(not ? { not } : {}),
    set,
  });
  const outside = (key: readonly Field[], set: string) => (canCheck ? [among([...key, saddr], set, true)] : []);
  const allowed = (protocol: Protocol): Rule => {
    const { firewalled, allowedSources } = frontendSets.address[protocol];
    const key = [daddr, dport(protocol)];
    return [among(key, firewalled), ...outside(key, allowedSources), drop.address];
  };
  const allowedAtNodePorts = (protocol: Protocol): Rule => {
    const { firewalled, allowedSources } = frontendSets.nodePort[protocol];
    const key = [dport(protocol)];
    return [...toNodePort(protocol), among(key, firewalled), ...outside(key, allowedSources), drop.nodePort];
  };
  const toNodePort = (protocol: Protocol): Rule => [
    ...onNodePortAddress,
    among([daddr, dport(protocol)], onNodeSet(protocol), true),
  ];
  const denied = (protocol: Protocol): readonly Rule[] => {
    const { address, nodePort } = frontendSets;
    return [
      [among([daddr, dport(protocol), saddr], address[protocol].deniedSources), drop.address],
      [...toNodePort(protocol), among([dport(protocol), saddr], nodePort[protocol].deniedSources), drop.nodePort],
    ];
  };
  return [
    { name: "firewall", note: "loadBalancerSourceRanges", rules: twice(protocols.map(allowed)) },
    {
      name: "firewall-more",
      note: "source ranges of annotations",
      rules: twice([...protocols.map(allowedAtNodePorts), ...(canCheck ? protocols.flatMap(denied) : [])]),
    },
  ];
}

function dport(protocol: Protocol): Field {
  return { kind: "dport", protocol };
}
