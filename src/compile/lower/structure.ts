import { compareAddresses, type Family } from "../../model/address.ts";
import { type CIDR, cidrElement, disjointCIDRs } from "../../model/cidr.ts";
import { compareText } from "../../model/service.ts";
import type { Chain, Element } from "../../nft/ruleset.ts";
import type { FamilySettings, Settings } from "../settings.ts";
import { type RememberShape, rememberChains } from "./affinity.ts";
import { program } from "./program.ts";
import { type FilledSets, prune, usedSets } from "./prune.ts";
import { type SetDeclaration, setDeclarations } from "./sets.ts";
import { type Shape, shapeChains } from "./shape.ts";

/** All of a table but its elements. Its size depends on what kinds of Services there are, not on how many. */
export type Structure = { readonly sets: readonly SetDeclaration[]; readonly chains: readonly Chain[] };

export type StructureNeeds = {
  readonly shapes: Iterable<Shape>;
  readonly remember: Iterable<RememberShape>;
  readonly filled: FilledSets;
};

export function structure(family: Family, settings: Settings, needs: StructureNeeds): Structure {
  const { detectLocal, nodePortAddresses } = settings.families[family];
  const masqueradeMark = (1 << settings.masqueradeBit) >>> 0;
  const context = { detectLocal, masqueradeMark };
  const declarations = setDeclarations(settings.counters);
  const dynamic = declarations.filter(({ flag }) => flag === "dynamic").map(({ name }) => [name, []] as const);
  const chains = prune(
    [
      ...program(family, nodePortAddresses, masqueradeMark),
      ...inNameOrder([...needs.shapes].flatMap((shape) => shapeChains(shape, context))),
      ...inNameOrder([...needs.remember].flatMap((shape) => rememberChains(shape, detectLocal))),
    ],
    new Map([...needs.filled, ...dynamic]),
  );
  const used = usedSets(chains);
  return { sets: declarations.filter(({ name }) => used.has(name)), chains };
}

/** The elements that come from the node and the configuration. */
export function settingsElements(settings: FamilySettings): ReadonlyMap<string, readonly Element[]> {
  const { detectLocal, nodePortAddresses, serviceCIDRs } = settings;
  const networks = (cidrs: readonly CIDR[]) => disjointCIDRs(cidrs).map((cidr) => ({ key: [cidrElement(cidr)] }));
  return new Map([
    ["node-port-ips", [...nodePortAddresses.addresses].sort(compareAddresses).map((ip) => ({ key: [ip] }))],
    ["pod-cidrs", detectLocal.kind === "cidrs" ? networks(detectLocal.cidrs) : []],
    ["service-cidrs", networks(serviceCIDRs)],
  ]);
}

/** Each chain once: two shapes may share the chain that they short-circuit to. */
function inNameOrder(chains: readonly Chain[]): readonly Chain[] {
  const byName = new Map(chains.map((chain) => [chain.name, chain]));
  return [...byName.values()].sort((a, b) => compareText(a.name, b.name));
}
