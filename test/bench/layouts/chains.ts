import { clusterIP, podCIDR, podIP, podNode, ports, type SyntheticService, syntheticNode } from "../synthetic.ts";
import type { Layout } from "./layout.ts";

/** The chains of one Service by their names, the one that its frontend leads to first, and the rules of each. */
export type ServiceChains = ReadonlyMap<string, readonly string[]>;

/**
 * A layout with chains of their own for each Service, and with the same sets and base chains whatever these are. Elements
 * go in batches, and a change rewrites the chains and elements that differ, so that it costs no more than it must.
 */
export function chainLayout(name: string, chainsOf: (service: SyntheticService) => ServiceChains): Layout {
  return {
    name,
    load: (services) => tableBlock(services, chainsOf),
    restore: async (services) =>
      [`flush table ${table}`, ...sets.map(({ kind, name }) => `flush ${kind} ${table} ${name}`)].join("\n") +
      `\n${tableBlock(services, chainsOf)}`,
    change: (from, to) => changes(differing(from, to), differing(to, from), chainsOf),
  };
}

/** kube-proxy's own name, as these are its layouts. */
const table = "ip kube-proxy";

const sets = [
  {
    kind: "map",
    name: "service-ips",
    type: "ipv4_addr . inet_proto . inet_service : verdict",
    elements: ({ index, protocol }: SyntheticService, chain: string) => [
      `${clusterIP(index)} . ${protocol.toLowerCase()} . ${ports.service} : goto ${chain}`,
    ],
  },
  {
    kind: "set",
    name: "cluster-ips",
    type: "ipv4_addr",
    elements: ({ index }: SyntheticService) => [clusterIP(index)],
  },
  {
    kind: "set",
    name: "hairpin-connections",
    type: "ipv4_addr . ipv4_addr . inet_proto . inet_service",
    elements: ({ pods, protocol }: SyntheticService) =>
      pods
        .filter((pod) => podNode(pod) === syntheticNode)
        .map((pod) => `${podIP(pod)} . ${podIP(pod)} . ${protocol.toLowerCase()} . ${ports.endpoint}`),
  },
] as const;

const baseChains = `
  chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
  chain nat-output { type nat hook output priority -100; jump services; }
  chain nat-postrouting { type nat hook postrouting priority 100; jump masquerading; }
  chain filter-forward { type filter hook forward priority 0; ct state new jump cluster-ips-check; }
  chain filter-output { type filter hook output priority 0; ct state new jump cluster-ips-check; }
  chain cluster-ips-check { ip daddr @cluster-ips reject; }
  chain services {
    ip daddr @cluster-ips ip saddr != ${podCIDR} meta mark set meta mark | 0x00004000
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
  chain masquerading {
    meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
    ct status dnat ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random
  }`;

function tableBlock(
  services: readonly SyntheticService[],
  chainsOf: (service: SyntheticService) => ServiceChains,
): string {
  const all = services.map((service) => ({ service, chains: chainsOf(service) }));
  const setBlocks = sets.map((set) => {
    const elements = all.flatMap(({ service, chains }) => set.elements(service, frontendChain(chains)));
    const block = elements.length === 0 ? "" : `elements = { ${elements.join(",\n")} };`;
    return `  ${set.kind} ${set.name} { type ${set.type}; ${block} }\n`;
  });
  const chainBlocks = all.flatMap(({ chains }) =>
    [...chains].map(([name, rules]) => `  chain ${name} {\n${rules.map((rule) => `    ${rule}\n`).join("")}  }\n`),
  );
  return `table ${table} {\n${setBlocks.join("")}${baseChains}\n${chainBlocks.join("")}}\n`;
}

function changes(
  old: readonly SyntheticService[],
  wanted: readonly SyntheticService[],
  chainsOf: (service: SyntheticService) => ServiceChains,
): string {
  const before = new Map(old.flatMap((service) => [...chainsOf(service)]));
  const after = new Map(wanted.flatMap((service) => [...chainsOf(service)]));
  const gone = [...before.keys()].filter((name) => !after.has(name));
  const rewritten = [...after].filter(([name, rules]) => before.get(name)?.join() !== rules.join());
  const elements = (services: readonly SyntheticService[], set: (typeof sets)[number]) =>
    services.flatMap((service) => set.elements(service, frontendChain(chainsOf(service))));
  const elementsCommand = (action: string, set: string, list: readonly string[]) =>
    list.length === 0 ? [] : [`${action} element ${table} ${set} { ${list.join(", ")} }`];
  const setChanges = sets.map((set) => ({ name: set.name, is: elements(old, set), be: elements(wanted, set) }));
  const commands = [
    ...rewritten.filter(([name]) => !before.has(name)).map(([name]) => `add chain ${table} ${name}`),
    ...rewritten.filter(([name]) => before.has(name)).map(([name]) => `flush chain ${table} ${name}`),
    ...gone.map((name) => `flush chain ${table} ${name}`),
    ...setChanges.flatMap(({ name, is, be }) => elementsCommand("delete", name, without(is, be))),
    ...setChanges.flatMap(({ name, is, be }) => elementsCommand("add", name, without(be, is))),
    ...rewritten.flatMap(([name, rules]) => rules.map((rule) => `add rule ${table} ${name} ${rule}`)),
    ...gone.map((name) => `delete chain ${table} ${name}`),
  ];
  return commands.map((command) => `${command}\n`).join("");
}

function differing(
  services: readonly SyntheticService[],
  others: readonly SyntheticService[],
): readonly SyntheticService[] {
  const same = new Set(others);
  return services.filter((service) => !same.has(service));
}

function without(elements: readonly string[], others: readonly string[]): readonly string[] {
  return elements.filter((element) => !others.includes(element));
}

function frontendChain(chains: ServiceChains): string {
  const [first = ""] = chains.keys();
  return first;
}
