import type { Address } from "../../model/address.ts";
import type { Element } from "../../nft/ruleset.ts";
import { mayMeetItself, type ServicePlan } from "../plan/service-plan.ts";
import { UseCounts } from "./use-counts.ts";

/** The sets whose elements several Services may have in common, which makes no difference. */
export const sharedSets = ["cluster-ips", "hairpin"] as const;

export type SharedSet = (typeof sharedSets)[number];

export function isShared(set: string): set is SharedSet {
  return sharedSets.some((each) => each === set);
}

export function sharedElement(set: SharedSet, address: string): Element {
  return { key: set === "hairpin" ? [address, address] : [address] };
}

/** The addresses of a Service in these sets: each once. */
export function sharedAddresses(plan: ServicePlan): Readonly<Record<SharedSet, Iterable<Address>>> {
  const hairpin = new Set<Address>();
  for (const { endpoints } of plan.ports) {
    for (const each of endpoints) if (mayMeetItself(each)) hairpin.add(each.endpoint.address);
  }
  return { "cluster-ips": plan.clusterIP === undefined ? [] : [plan.clusterIP], hairpin };
}

/** Counts how many Services have each shared address. */
export class SharedAddresses {
  readonly #counts = { "cluster-ips": new UseCounts<Address>(), hairpin: new UseCounts<Address>() };

  has(set: SharedSet, address: string): boolean {
    return this.#counts[set].has(address);
  }

  /** Takes a plan in or out, and returns the elements that come, or go, with it. */
  count(plan: ServicePlan, by: 1 | -1): readonly (readonly [SharedSet, Element])[] {
    const changed: (readonly [SharedSet, Element])[] = [];
    const own = sharedAddresses(plan);
    for (const set of sharedSets) {
      for (const address of own[set]) {
        if (this.#counts[set].count(address, address, by) !== 0) changed.push([set, sharedElement(set, address)]);
      }
    }
    return changed;
  }
}
