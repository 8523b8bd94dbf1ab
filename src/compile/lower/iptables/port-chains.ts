import { endpointText } from "../../../iptables/print.ts";
import type { Chain, Match, Rule } from "../../../iptables/rule.ts";
import { hostCIDR } from "../../../model/cidr.ts";
import type { Protocol } from "../../../model/port.ts";
import { servicePortName } from "../../../model/service.ts";
import { type Frontend, isExternal } from "../../plan/frontends.ts";
import { type EndpointPlan, type FrontendPlan, listOf } from "../../plan/service-plan.ts";
import type { ListName } from "../../plan/topology.ts";
import type { DetectLocal } from "../../settings.ts";
import type { PlannedFrontend } from "../planned-frontend.ts";
import { fromLocalPods, markChain, markRules } from "./local-pods.ts";
import { type PortChains, portChains } from "./names.ts";
import { isRestricted } from "./refusals.ts";
import { frontendMatches, jump } from "./rules.ts";

/** What a service port adds to the table `nat`. */
export type LoweredPort = {
  /** Rules of the chains that look up frontends. */
  readonly services: readonly Rule[];
  readonly nodePorts: readonly Rule[];
  readonly chains: readonly Chain[];
};

/** @param frontends of one port, at least one */
export function lowerPort(frontends: readonly [PlannedFrontend, ...PlannedFrontend[]]): LoweredPort {
  const [{ plan, port, settings }] = frontends;
  const lists = { cluster: listOf(port, "cluster"), local: listOf(port, "local") };
  const balanced = frontends
    .map(({ frontend }) => frontend)
    .filter(({ outsiders, insiders }) => lists[outsiders].length + lists[insiders].length > 0);
  const used = listNames.filter(
    (list) =>
      lists[list].length > 0 && balanced.some(({ outsiders, insiders }) => [outsiders, insiders].includes(list)),
  );
  const name = servicePortName(plan.service, port.port);
  const lowering: Lowering = {
    name,
    names: portChains(name, port.port.protocol),
    protocol: port.port.protocol,
    detectLocal: settings.families[plan.family].detectLocal,
    affinity: balanced[0]?.affinity,
  };
  const endpoints = new Map(
    used.flatMap((list) => lists[list]).map((each) => [endpointText(each.endpoint.address, each.port), each] as const),
  );
  const ofKind = (kind: Frontend["kind"]) =>
    balanced.filter(({ frontend }) => frontend.kind === kind).map((each) => dispatch(lowering, each));
  // All external frontends of a port have the same lists; load balancer IPs have the same source ranges, and so have the others.
  const external = balanced.find(({ frontend }) => isExternal(frontend));
  const firewalls = new Map(
    balanced.filter(isRestricted).map((each) => [firewallName(lowering.names, each.frontend), each] as const),
  );
  return {
    services: ofKind("address"),
    nodePorts: ofKind("nodePort"),
    chains: [
      ...Array.from(firewalls, ([chain, each]) => firewallChain(lowering, chain, each)),
      ...(external === undefined ? [] : [externalChain(lowering, external, used)]),
      ...used.map((list) => listChain(lowering, list, lists[list], balanced)),
      ...Array.from(endpoints, ([text, each]) => endpointChain(lowering, text, each)),
    ],
  };
}

const listNames: readonly ListName[] = ["cluster", "local"];

type Lowering = {
  readonly name: string;
  readonly names: PortChains;
  readonly protocol: Protocol;
  readonly detectLocal: DetectLocal;
  readonly affinity: FrontendPlan["affinity"];
};

const kindNames = { clusterIP: "cluster IP", externalIP: "external IP", loadBalancerIP: "loadbalancer IP" } as const;

function dispatch({ name, names }: Lowering, planned: FrontendPlan): Rule {
  const { frontend, outsiders } = planned;
  const external = isRestricted(planned) ? firewallName(names, frontend) : names.external;
  const chain = isExternal(frontend) ? external : names[outsiders];
  const comment = frontend.kind === "nodePort" ? name : `${name} ${kindNames[frontend.source]}`;
  return jump(chain, comment, ...frontendMatches(frontend));
}

/** Packets rejected here are not translated, and dropped by the table `filter`. */
function firewallChain({ name, names }: Lowering, chain: string, { frontend, sources, denied }: FrontendPlan): Chain {
  const comment = frontend.kind === "nodePort" ? name : `${name} ${kindNames[frontend.source]}`;
  const allowed = (sources ?? []).map((cidr) => jump(names.external, comment, { kind: "source", cidr }));
  const rest = { matches: [], comment: `other traffic to ${name} will be dropped by KUBE-PROXY-FIREWALL` };
  return {
    name: chain,
    rules: [
      ...denied.map((cidr): Rule => ({ matches: [{ kind: "source", cidr }], comment, target: { kind: "return" } })),
      ...(sources === undefined ? [jump(names.external, comment)] : [...allowed, rest]),
    ],
  };
}

function firewallName({ firewall, otherFirewall }: PortChains, frontend: Frontend): string {
  return frontend.kind === "address" && frontend.source === "loadBalancerIP" ? firewall : otherFirewall;
}

/**
 * Marks packets, and under externalTrafficPolicy Local sends local pods and this node to all endpoints, all others to
 * those here.
 */
function externalChain(
  { name, names, detectLocal }: Lowering,
  { masquerade, outsiders, insiders }: FrontendPlan,
  used: readonly ListName[],
): Chain {
  const whose = (what: string) => `${what} traffic for ${name} external destinations`;
  const isLocal = insiders !== outsiders;
  const toInsiders = (what: string, match: Match) => jump(names[insiders], whose(what), match);
  const shortCircuits = isLocal && used.includes(insiders);
  return {
    name: names.external,
    rules: [
      ...(shortCircuits ? fromLocalPods(detectLocal).map((match) => toInsiders("pod", match)) : []),
      ...markRules(masquerade, detectLocal, [], whose(isLocal ? "masquerade LOCAL" : "masquerade")),
      ...(shortCircuits ? [toInsiders("route LOCAL", { kind: "localSource" })] : []),
      ...(used.includes(outsiders) ? [jump(names[outsiders], undefined)] : []),
    ],
  };
}

/** Chooses an endpoint: the client's last one, or any. */
function listChain(
  { name, names, detectLocal, affinity }: Lowering,
  list: ListName,
  endpoints: readonly EndpointPlan[],
  balanced: readonly FrontendPlan[],
): Chain {
  const targets = endpoints.map((each) => {
    const text = endpointText(each.endpoint.address, each.port);
    return { chain: names.endpoint(text), comment: `${name} -> ${text}` };
  });
  const clusterIPs = balanced.filter(({ frontend, outsiders }) => !isExternal(frontend) && outsiders === list);
  return {
    name: names[list],
    rules: [
      ...clusterIPs.flatMap(({ frontend, masquerade }) =>
        markRules(masquerade, detectLocal, frontendMatches(frontend), `${name} cluster IP`),
      ),
      ...targets.flatMap(({ chain, comment }) =>
        affinity === undefined
          ? []
          : [jump(chain, comment, { kind: "remembered", list: chain, seconds: affinity.timeoutSeconds })],
      ),
      ...targets.map(({ chain, comment }, index) => {
        const left = targets.length - index;
        return jump(chain, comment, ...(left > 1 ? [{ kind: "random", probability: 1 / left } as const] : []));
      }),
    ],
  };
}

function endpointChain(
  { name, names, protocol, affinity }: Lowering,
  text: string,
  { endpoint: { address }, port }: EndpointPlan,
): Chain {
  const chain = names.endpoint(text);
  const remember: readonly Match[] = affinity === undefined ? [] : [{ kind: "remember", list: chain }];
  return {
    name: chain,
    rules: [
      jump(markChain, name, { kind: "source", cidr: hostCIDR(address) }),
      {
        matches: [{ kind: "transport", protocol }, ...remember],
        comment: name,
        target: { kind: "dnat", address, port },
      },
    ],
  };
}
