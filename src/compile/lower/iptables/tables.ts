import type { Chain, Match, Rule, Table } from "../../../iptables/rule.ts";
import type { Family } from "../../../model/address.ts";
import { compareAddresses } from "../../../model/address.ts";
import { cidrFinder, disjointCIDRs, hostCIDR, loopback } from "../../../model/cidr.ts";
import { serviceKey } from "../../../model/service.ts";
import type { NodePortAddresses, Settings } from "../../settings.ts";
import type { PlannedFrontend, ServedService } from "../planned-frontend.ts";
import { markChains } from "./local-pods.ts";
import { lowerPort } from "./port-chains.ts";
import { firewallRules, refusalRule, reject } from "./refusals.ts";
import { jump } from "./rules.ts";

/**
 * The plans of a family as chains of iptables, with the names, order and comments of kube-proxy: a chain for each service
 * port and each endpoint, and a rule for each frontend. Packets are treated as the plans say, as far as iptables can.
 */
export function iptablesTables(
  family: Family,
  services: readonly ServedService[],
  settings: Settings,
): readonly Table[] {
  return [filterTable(family, services, settings), natTable(family, services, settings)];
}

function natTable(family: Family, services: readonly ServedService[], settings: Settings): Table {
  const { detectLocal, nodePortAddresses } = settings.families[family];
  const mask = (1 << settings.masqueradeBit) >>> 0;
  const ports = services.flatMap(({ frontends }) => byPort(frontends).map(lowerPort));
  const portals = "kubernetes service portals";
  return {
    name: "nat",
    chains: [
      { name: "PREROUTING", rules: [jump("KUBE-SERVICES", portals)] },
      { name: "OUTPUT", rules: [jump("KUBE-SERVICES", portals)] },
      { name: "POSTROUTING", rules: [jump("KUBE-POSTROUTING", "kubernetes postrouting rules")] },
      {
        name: "KUBE-SERVICES",
        rules: [...ports.flatMap((port) => port.services), ...toNodePorts(family, nodePortAddresses)],
      },
      { name: "KUBE-NODEPORTS", rules: ports.flatMap((port) => port.nodePorts) },
      ...markChains(detectLocal, mask),
      postrouting(mask),
      ...ports.flatMap(({ chains }) => chains),
    ],
  };
}

/** Only packets that were translated here are masqueraded: other programs may use the mark, too. */
function postrouting(mask: number): Chain {
  return {
    name: "KUBE-POSTROUTING",
    rules: [
      { matches: [{ kind: "mark", mask, not: true }], target: { kind: "return" } },
      { matches: [{ kind: "ctState", state: "DNAT", not: true }], target: { kind: "return" } },
      { matches: [], target: { kind: "clearMark", mask } },
      { matches: [], comment: "kubernetes service traffic requiring SNAT", target: { kind: "masquerade" } },
    ],
  };
}

function filterTable(family: Family, services: readonly ServedService[], settings: Settings): Table {
  const { nodePortAddresses, podNetworks } = settings.families[family];
  const frontends = services.flatMap((each) => each.frontends);
  const refusals = (isOf: (planned: PlannedFrontend) => boolean) =>
    frontends.filter(isOf).flatMap((each) => refusalRule(each) ?? []);
  const isNodePort = ({ frontend: { frontend } }: PlannedFrontend) => frontend.kind === "nodePort";
  const isClusterIP = ({ frontend: { frontend } }: PlannedFrontend) =>
    frontend.kind === "address" && frontend.source === "clusterIP";
  const checks = [
    isNew(jump("KUBE-PROXY-FIREWALL", "kubernetes load balancer firewall")),
    isNew(jump("KUBE-SERVICES", "kubernetes service portals")),
    isNew(jump("KUBE-EXTERNAL-SERVICES", "kubernetes externally-visible service portals")),
  ];
  const clusterIPs = clusterIPChecks(family, services, settings);
  return {
    name: "filter",
    chains: [
      { name: "INPUT", rules: checks },
      { name: "FORWARD", rules: [...checks, ...clusterIPs.jumps, jump("KUBE-FORWARD", "kubernetes forwarding rules")] },
      { name: "OUTPUT", rules: [...checks, ...clusterIPs.jumps] },
      {
        name: "KUBE-PROXY-FIREWALL",
        rules: [
          ...frontends.filter((each) => !isNodePort(each)).flatMap(firewallRules),
          ...toNodePorts(family, nodePortAddresses, "KUBE-NODEPORT-FIREWALL"),
        ],
      },
      { name: "KUBE-NODEPORT-FIREWALL", rules: frontends.filter(isNodePort).flatMap(firewallRules) },
      { name: "KUBE-SERVICES", rules: refusals(isClusterIP) },
      {
        name: "KUBE-EXTERNAL-SERVICES",
        rules: [
          ...refusals((each) => !isClusterIP(each) && !isNodePort(each)),
          ...toNodePorts(family, nodePortAddresses),
        ],
      },
      { name: "KUBE-NODEPORTS", rules: refusals(isNodePort) },
      { name: "KUBE-CLUSTER-IPS", rules: clusterIPs.rules },
      {
        name: "KUBE-FORWARD",
        // Packets that conntrack finds invalid come untranslated from an endpoint; the client's reset would end the
        // connection.
        rules: disjointCIDRs(podNetworks).map((cidr) => ({
          matches: [
            { kind: "destination", cidr },
            { kind: "transport", protocol: "tcp" },
            { kind: "reset" },
            { kind: "ctState", state: "INVALID" },
          ],
          target: { kind: "drop" },
        })),
      },
      {
        name: "KUBE-REFUSE",
        rules: [
          { matches: [{ kind: "transport", protocol: "tcp" }], target: reject("tcp") },
          { matches: [], target: reject(undefined) },
        ],
      },
    ],
  };
}

/** Ports that a ClusterIP does not have, and addresses of ServiceCIDRs that are not ClusterIPs. */
function clusterIPChecks(family: Family, services: readonly ServedService[], settings: Settings) {
  const { serviceCIDRs } = settings.families[family];
  const known = services.flatMap(({ plan: { clusterIP, service } }) =>
    clusterIP === undefined ? [] : [{ clusterIP, service }],
  );
  const to = (chain: string, match: Match | undefined) =>
    isNew(jump(chain, "kubernetes cluster IPs", ...(match === undefined ? [] : [match])));
  const isInside = known.every(({ clusterIP }) => cidrFinder(serviceCIDRs)(clusterIP) !== undefined);
  const networks = serviceCIDRs.map((cidr): Match => ({ kind: "destination", cidr }));
  return {
    // Each rule costs time: packets to other networks skip the rules for ClusterIPs.
    jumps: isInside ? networks.map((match) => to("KUBE-CLUSTER-IPS", match)) : [to("KUBE-CLUSTER-IPS", undefined)],
    rules: [
      ...known.map(({ clusterIP, service }) =>
        jump("KUBE-REFUSE", `${serviceKey(service)} has no such port`, {
          kind: "destination",
          cidr: hostCIDR(clusterIP),
        }),
      ),
      ...networks.map(
        (match): Rule => ({
          matches: [match, { kind: "localDestination", not: true }],
          comment: "no Service has this address",
          target: { kind: "drop" },
        }),
      ),
    ],
  };
}

/** Addresses come first: nothing follows the rules for NodePorts. */
function toNodePorts(family: Family, { any, addresses }: NodePortAddresses, chain = "KUBE-NODEPORTS"): readonly Rule[] {
  const rule = (...matches: readonly Match[]) =>
    jump(chain, "kubernetes service nodeports; NOTE: this must be the last rule in this chain", ...matches);
  if (any) return [rule({ kind: "destination", cidr: loopback[family], not: true }, { kind: "localDestination" })];
  return [...addresses].sort(compareAddresses).map((ip) => rule({ kind: "destination", cidr: hostCIDR(ip) }));
}

function byPort(frontends: readonly PlannedFrontend[]): readonly [PlannedFrontend, ...PlannedFrontend[]][] {
  const groups = new Map<PlannedFrontend["port"], [PlannedFrontend, ...PlannedFrontend[]]>();
  for (const each of frontends) {
    const group = groups.get(each.port);
    if (group === undefined) groups.set(each.port, [each]);
    else group.push(each);
  }
  return [...groups.values()];
}

function isNew(rule: Rule): Rule {
  return { ...rule, matches: [...rule.matches, { kind: "ctState", state: "NEW" }] };
}
