import type { Address } from "../../model/address.ts";
import { comparePrecedence, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import { externalAddresses, type ServicePlan } from "../plan/service-plan.ts";
import { Sorted } from "./sorted.ts";

/** Which external IPs and load balancer IPs are ClusterIPs of other Services, whichever came first. */
export class ClusterIPClaims {
  readonly #owners = new Map<Address, Sorted<Service>>();
  readonly #claims = new Map<Address, Set<ObjectKey>>();

  /** Takes a plan in place of another of the Service, and returns those Services for which that makes a difference. */
  replace(key: ObjectKey, old: ServicePlan | undefined, plan: ServicePlan | undefined): Iterable<ObjectKey> {
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
    const addresses = new Set([old?.clusterIP, plan?.clusterIP].filter((address) => address !== undefined));
    const before = new Map(Array.from(addresses, (address) => [address, this.ownerOf(address)]));
    if (old?.clusterIP !== undefined) this.#remove(old.clusterIP, old.service);
    if (plan?.clusterIP !== undefined) this.#add(plan.clusterIP, plan.service);
    return [...before].flatMap(([address, owner]) =>
      owner === this.ownerOf(address) ? [] : [...(this.#claims.get(address) ?? [])],
    );
  }

  /** The Service whose ClusterIP an address is. */
  ownerOf(address: Address): ObjectKey | undefined {
    const owner = this.#owners.get(address)?.items[0];
    return owner && serviceKey(owner);
  }

  #add(address: Address, service: Service): void {
    const owners = this.#owners.get(address) ?? new Sorted(comparePrecedence);
    this.#owners.set(address, owners);
    owners.add(service);
  }

  #remove(address: Address, service: Service): void {
    const owners = this.#owners.get(address);
    owners?.delete(service);
    if (owners?.items.length === 0) this.#owners.delete(address);
  }
}
