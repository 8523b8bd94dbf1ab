import { type Address, compareAddresses, type Family } from "../../../model/address.ts";
import { type CIDR, cidrElement, disjointCIDRs } from "../../../model/cidr.ts";
import { compareText } from "../../../model/service.ts";
import type { Chain, Element, Table } from "../../../nft/ruleset.ts";
import type { FamilySettings, Settings } from "../../settings.ts";
import { type RememberShape, rememberChains } from "./affinity.ts";
import { podNetworks, program } from "./program.ts";
import { type FilledSets, prune, reachable, usedSets } from "./prune.ts";
import { refusals } from "./refusals.ts";
import { frontendSets, isRefusalSet, type SetDeclaration, setDeclarations } from "./sets.ts";
import { likelyShapes, type Shape, shapeChain, shapeName } from "./shape.ts";

/** A table without its elements. Its size depends on which kinds of Services exist, not on how many. */
export type Structure = {
  readonly sets: readonly SetDeclaration[];
  readonly chains: readonly Chain[];
  /** The chains to which no element leads yet. */
  readonly spares: ReadonlySet<string>;
};

/** What is in use: it determines the structure. */
export type Uses = {
  readonly shapes: Iterable<Shape>;
  readonly remember: Iterable<RememberShape>;
  readonly filled: FilledSets;
};

/** @param known chains of shapes that were created before under these settings; new ones are added */
export function structure(
  family: Family,
  settings: Settings,
  { shapes, remember, filled }: Uses,
  known = new Map<string, Chain>(),
): Structure {
  const own = settings.families[family];
  const { detectLocal } = own;
  const masqueradeMark = (1 << settings.masqueradeBit) >>> 0;
  const context = { detectLocal, masqueradeMark };
  const declarations = setDeclarations(settings.counters);
  const dynamic = declarations.filter(({ flag }) => flag === "dynamic").map(({ name }) => [name, []] as const);
  const inUse = new Map([...filled, ...dynamic]);
  if (!filled.has(frontendSets.address.tcp.dispatch)) inUse.delete(podNetworks);
  const used = Array.from(shapes);
  const likely = likelyShapes(used);
  const chainOf = (shape: Shape): Chain => {
    const key = `${shapeName(shape)} ${shape.masquerade}`;
    const chain = known.get(key) ?? shapeChain(shape, context);
    known.set(key, chain);
    return chain;
  };
  const chains = prune(
    [
      ...program(family, own, { masqueradeMark, counters: settings.counters }),
      ...inNameOrder([...used, ...likely].map(chainOf)),
      ...inNameOrder([...remember].flatMap((shape) => rememberChains(shape, detectLocal))),
    ],
    withLikely(inUse, likely),
  );
  const needed = new Set(reachable(chains, inUse));
  const names = usedSets(chains);
  // The counts stay while nothing is refused, except refusals that annotations or the configuration request.
  const isKept = (name: string) => isRefusalSet(name) && !requested.has(name) && used.length > 0;
  return {
    sets: declarations.filter(({ name }) => names.has(name) || isKept(name)),
    chains,
    spares: new Set(chains.flatMap((chain) => (needed.has(chain) ? [] : [chain.name]))),
  };
}

/** The sets of refusals that annotations or the configuration request. */
const requested: ReadonlySet<string> = new Set([refusals.nodePort.sourceRange.set, refusals.nodePort.loopback.set]);

/** As if elements led to the chains of these shapes, in the sets that have elements. */
function withLikely(filled: FilledSets, likely: readonly Shape[]): FilledSets {
  const all = new Map(Array.from(filled, ([set, chains]) => [set, [...chains]]));
  for (const shape of likely) {
    const { dispatch, shortCircuits } = frontendSets[shape.frontend][shape.protocol];
    all.get(shape.list === "short-circuit" ? shortCircuits : dispatch)?.push(shapeName(shape));
  }
  return all;
}

/** The elements that come from the node and the configuration. */
export function settingsElements(settings: FamilySettings): ReadonlyMap<string, readonly Element[]> {
  const { detectLocal, nodePortAddresses, serviceCIDRs, otherClusterIPs = [] } = settings;
  const addresses = (ips: readonly Address[]) => ips.toSorted(compareAddresses).map((ip) => ({ key: [ip] }));
  const networks = (cidrs: readonly CIDR[]) => disjointCIDRs(cidrs).map((cidr) => ({ key: [cidrElement(cidr)] }));
  return new Map([
    ["node-port-ips", addresses(nodePortAddresses.addresses)],
    ["pod-cidrs", detectLocal.kind === "cidrs" ? networks(detectLocal.cidrs) : []],
    [podNetworks, networks(settings.podNetworks)],
    ["other-cluster-ips", addresses(otherClusterIPs)],
    ["service-cidrs", networks(serviceCIDRs)],
  ]);
}

/** Each chain once: a likely one may be in use already, and two shapes may share a chain that remembers. */
function inNameOrder(chains: readonly Chain[]): readonly Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}

/** A table of this structure, with these elements in its sets. */
export function tableOf(
  family: Family,
  { sets, chains }: Pick<Structure, "sets" | "chains">,
  elements?: ReadonlyMap<string, readonly Element[]>,
): Table {
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, { ...set, elements: elements?.get(set.name) ?? [] }])),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}
