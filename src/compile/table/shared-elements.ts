import type { Family } from "../../model/address.ts";
import { type CIDR, cidrFinder } from "../../model/cidr.ts";
import type { Element, ElementTuple } from "../../nft/ruleset.ts";
import { mayMeetItself, type ServicePlan } from "../plan/service-plan.ts";
import type { FamilySettings } from "../settings.ts";
import { UseCounts } from "./use-counts.ts";

/** The sets whose elements several Services may have in common, which makes no difference. */
export const sharedSets = ["cluster-ips", "hairpin", "host-endpoints"] as const;

export type SharedSet = (typeof sharedSets)[number];

/** What an element stands for: an address, or in `host-endpoints` an address and port with a blank between. */
export type SharedName = string;

/** A Service, and the settings that its plan goes with. */
export type SharingService = {
  readonly plan: ServicePlan;
  readonly settings: { readonly families: Readonly<Record<Family, Pick<FamilySettings, "podNetworks">>> };
};

export function isShared(set: string): set is SharedSet {
  return sharedSets.some((each) => each === set);
}

export function sharedElement(set: SharedSet, name: SharedName): Element {
  switch (set) {
    case "cluster-ips":
      return { key: [name] };
    case "hairpin":
      return { key: [name, name] };
    case "host-endpoints": {
      const [address = "", port = ""] = name.split(" ");
      return { key: [address, Number(port)] };
    }
  }
}

/** What an element with this key would stand for. */
export function sharedName(set: SharedSet, key: ElementTuple): SharedName {
  return set === "host-endpoints" ? key.join(" ") : String(key[0]);
}

/** What a Service has in these sets: each once. */
export function sharedNames({ plan, settings }: SharingService): Readonly<Record<SharedSet, Iterable<SharedName>>> {
  const hairpin = new Set<SharedName>();
  const hostEndpoints = new Set<SharedName>();
  const podNetworkOf = finderOf(settings.families[plan.family].podNetworks);
  for (const { port, endpoints } of plan.ports) {
    for (const each of endpoints) {
      const { address } = each.endpoint;
      if (mayMeetItself(each)) hairpin.add(address);
      const isOutside = port.protocol === "tcp" && podNetworkOf !== undefined && podNetworkOf(address) === undefined;
      if (isOutside) hostEndpoints.add(`${address} ${each.port}`);
    }
  }
  return {
    "cluster-ips": plan.clusterIP === undefined ? [] : [plan.clusterIP],
    hairpin,
    "host-endpoints": hostEndpoints,
  };
}

/** Counts how many Services have each shared element. */
export class SharedElements {
  readonly #counts: Readonly<Record<SharedSet, UseCounts<SharedName>>> = {
    "cluster-ips": new UseCounts(),
    hairpin: new UseCounts(),
    "host-endpoints": new UseCounts(),
  };

  has(set: SharedSet, name: SharedName): boolean {
    return this.#counts[set].has(name);
  }

  /** Takes a Service in or out, and returns the elements that come, or go, with it. */
  count(service: SharingService, by: 1 | -1): readonly (readonly [SharedSet, Element])[] {
    const changed: (readonly [SharedSet, Element])[] = [];
    const own = sharedNames(service);
    for (const set of sharedSets) {
      for (const name of own[set]) {
        if (this.#counts[set].count(name, name, by) !== 0) changed.push([set, sharedElement(set, name)]);
      }
    }
    return changed;
  }
}

/** Undefined where there are no networks: then nobody can say who is outside of them. */
function finderOf(networks: readonly CIDR[]): ReturnType<typeof cidrFinder> | undefined {
  if (networks.length === 0) return undefined;
  const finder = finders.get(networks) ?? cidrFinder(networks);
  finders.set(networks, finder);
  return finder;
}

const finders = new WeakMap<readonly CIDR[], ReturnType<typeof cidrFinder>>();
