import type { Finding } from "../../service/findings.ts";
import type { NodeFacts } from "./node-facts.ts";

/** A tunnel's packets are too large for the network that carries them. */
export function tunnelMTUs({ interfaces }: NodeFacts): readonly Finding[] {
  const uplinks = interfaces.filter(({ name }) => /^(eth|en|bond|ib|wl)/.test(name));
  const [first, ...others] = uplinks.flatMap(({ mtu }) => mtu ?? []);
  if (first === undefined) return [];
  const carried = Math.max(first, ...others);
  return interfaces.flatMap(({ name, mtu }) => {
    const overhead = tunnels.find(({ pattern }) => pattern.test(name))?.overhead;
    if (overhead === undefined || mtu === undefined || mtu + overhead <= carried) return [];
    return [
      {
        severity: "warning",
        subject: "this node",
        evidence: `has the tunnel ${name} with MTU ${mtu}, which adds ${overhead} bytes, on a network with MTU ${carried}`,
        consequence: "connections to pods on other nodes open, but hang once they send full-size packets",
        remedy: `set the MTU of the CNI plugin to ${carried - overhead} or less`,
      } as const,
    ];
  });
}

/** The names that CNI plugins give to VXLAN and Geneve, WireGuard, and IP-in-IP tunnels. */
const tunnels = [
  { pattern: /^(flannel\.|vxlan|cilium_vxlan|cilium_geneve|genev_sys|antrea-tun|weave|ovn-k8s-mp)/, overhead: 50 },
  { pattern: /^(flannel-wg|wireguard\.cali|cilium_wg|wg\d)/, overhead: 60 },
  { pattern: /^tunl\d/, overhead: 20 },
];
