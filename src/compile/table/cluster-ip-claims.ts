import type { Address } from "../../model/address.ts";
import { comparePrecedence, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import { externalAddresses, type ServicePlan } from "../plan/service-plan.ts";
import { Contended } from "./contended.ts";

/** Which external IPs and load balancer IPs are ClusterIPs of other Services, whatever the order of arrival. */
export class ClusterIPClaims {
  readonly #owners = new Contended<Address, Service>(comparePrecedence);
  readonly #claims = new Map<Address, Set<ObjectKey>>();

  /** Replaces the plan of a Service, and returns the Services that this affects. */
  replace(key: ObjectKey, old: ServicePlan | undefined, plan: ServicePlan | undefined): readonly ObjectKey[] {
    if (old !== undefined) {
      for (const address of externalAddresses(old)) {
        const claims = this.#claims.get(address);
        claims?.delete(key);
        if (claims?.size === 0) this.#claims.delete(address);
      }
    }
    for (const address of plan === undefined ? [] : externalAddresses(plan)) {
      this.#claims.set(address, (this.#claims.get(address) ?? new Set()).add(key));
    }
    const before: (readonly [Address, ObjectKey | undefined])[] = [];
    for (const address of new Set([old?.clusterIP, plan?.clusterIP])) {
      if (address !== undefined && this.isClaimed(address)) before.push([address, this.ownerOf(address)]);
    }
    if (old?.clusterIP !== undefined) this.#owners.delete(old.clusterIP, old.service);
    if (plan?.clusterIP !== undefined) this.#owners.add(plan.clusterIP, plan.service);
    return before.flatMap(([address, owner]) =>
      owner === this.ownerOf(address) ? [] : [...(this.#claims.get(address) ?? [])],
    );
  }

  /** The Service whose ClusterIP an address is. */
  ownerOf(address: Address): ObjectKey | undefined {
    const owner = this.#owners.owner(address);
    return owner && serviceKey(owner);
  }

  /** Whether a Service wants an address as an external or load balancer IP. */
  isClaimed(address: Address): boolean {
    return this.#claims.has(address);
  }
}
