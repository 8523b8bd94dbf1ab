import type { Family } from "../../model/address.ts";
import { cidrFinder } from "../../model/cidr.ts";
import type { Element, ElementTuple } from "../../nft/ruleset.ts";
import { mayMeetItself, type ServicePlan } from "../plan/service-plan.ts";
import type { FamilySettings } from "../settings.ts";
import { UseCounts } from "./use-counts.ts";

/** The sets whose elements several Services may share. */
export const sharedSets = ["cluster-ips", "hairpin", "host-endpoints"] as const;

export type SharedSet = (typeof sharedSets)[number];

/** What an element represents: an address or, in `host-endpoints`, an address and port separated by a space. */
export type SharedName = string;

/** A Service, and the settings of its plan. */
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

/** What an element with this key represents. */
export function sharedName(set: SharedSet, key: ElementTuple): SharedName {
  return set === "host-endpoints" ? key.join(" ") : String(key[0]);
}

/** What a Service has in each set; some of it more than once. */
const namesIn: Readonly<Record<SharedSet, (service: SharingService) => readonly SharedName[]>> = {
  "cluster-ips": ({ plan: { clusterIP } }) => (clusterIP === undefined ? [] : [clusterIP]),
  hairpin: ({ plan }) => {
    const names: SharedName[] = [];
    for (const { endpoints, decisions } of plan.ports) {
      endpoints.addresses.forEach((address, place) => {
        const decision = decisions[place];
        const state = endpoints.states[place];
        if (decision !== undefined && state !== undefined && mayMeetItself(decision, state)) names.push(address);
      });
    }
    return names;
  },
  "host-endpoints": ({ plan, settings }) => {
    const { podNetworks } = settings.families[plan.family];
    // Without known networks, nobody can be outside them.
    if (podNetworks.length === 0) return [];
    const podNetworkOf = cidrFinder(podNetworks);
    const names: SharedName[] = [];
    for (const { port, endpoints, decisions } of plan.ports) {
      if (port.protocol !== "tcp") continue;
      endpoints.addresses.forEach((address, place) => {
        if (podNetworkOf(address) === undefined) names.push(`${address} ${decisions[place]?.port}`);
      });
    }
    return names;
  },
};

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

  /** Adds or removes a Service, and returns the elements that appear or disappear with it. */
  count(service: SharingService, by: 1 | -1): readonly (readonly [SharedSet, Element])[] {
    const changed: (readonly [SharedSet, Element])[] = [];
    for (const set of sharedSets) {
      const names = namesIn[set](service);
      for (const name of names.length > 1 ? new Set(names) : names) {
        if (this.#counts[set].count(name, name, by) !== 0) changed.push([set, sharedElement(set, name)]);
      }
    }
    return changed;
  }

  /** The endpoints of Services that may meet themselves, even as endpoints of other Services. */
  hairpinOf(services: readonly SharingService[]): readonly Element[] {
    const ports = services.flatMap(({ plan }) => plan.ports);
    const addresses = new Set(ports.flatMap(({ endpoints }) => endpoints.addresses));
    return [...addresses].flatMap((address) =>
      this.#counts.hairpin.has(address) ? [sharedElement("hairpin", address)] : [],
    );
  }

  /** All elements of a set, in the order of the Services that are counted. */
  gather(set: SharedSet, services: readonly SharingService[]): readonly Element[] {
    if (this.#counts[set].size === 0) return [];
    const names = new Set(services.flatMap(namesIn[set]));
    return Array.from(names, (name) => sharedElement(set, name));
  }
}
