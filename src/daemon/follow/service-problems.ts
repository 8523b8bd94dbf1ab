import type { Family } from "../../model/address.ts";
import type { Problem } from "../../model/problem.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Round } from "../table/round.ts";

/** A new problem of a Service, in words: `port http: has 40000 endpoints; …`. */
export type ServiceTrouble = { readonly service: ObjectKey; readonly problems: readonly string[] };

/** Follows the problems of Services, so that each is reported when it starts, and not with every change of a Service. */
export class ServiceProblems {
  readonly #known = new Map<ObjectKey, ReadonlyMap<Family, ReadonlySet<string>>>();

  /** How many Services have problems. */
  get count(): number {
    return this.#known.size;
  }

  get services(): Iterable<ObjectKey> {
    return this.#known.keys();
  }

  update({ family, services, problems }: Round): {
    readonly began: readonly ServiceTrouble[];
    /** The Services that no longer have a problem. */
    readonly ended: readonly ObjectKey[];
  } {
    const began: ServiceTrouble[] = [];
    const ended: ObjectKey[] = [];
    for (const service of services.keys()) {
      const before = this.#known.get(service);
      const current = new Set(problems.get(service)?.slice(0, mostKept).map(words));
      if (before === undefined && current.size === 0) continue;
      const others = new Map(before);
      others.delete(family);
      // Both families of a Service may have the same problem.
      const isNew = (text: string) => ![...(before?.values() ?? [])].some((known) => known.has(text));
      const added = [...current].filter(isNew);
      if (added.length > 0) began.push({ service, problems: added });
      const after = current.size > 0 ? others.set(family, current) : others;
      if (after.size > 0) this.#known.set(service, after);
      else if (this.#known.delete(service)) ended.push(service);
    }
    return { began, ended };
  }
}

/** The most problems per Service: contradictory slices are a problem for each of their endpoints. */
const mostKept = 100;

function words({ field, message }: Problem): string {
  return field === "" ? message : `${field}: ${message}`;
}
