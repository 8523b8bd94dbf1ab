import type { RefusalReason } from "../../compile/lower/nftables/refusals.ts";
import type { Owned, Owner } from "../../daemon/agent.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { CountedRefusals } from "../nft/refusals.ts";
import { familyLabel, labelText } from "./labels.ts";
import { gained, Reading } from "./reading.ts";

export type RefusalsSource = {
  readonly read: (family: Family, onRefused: (counted: CountedRefusals) => void) => Promise<void>;
  readonly atMostEvery: number;
  readonly ownerOf: (family: Family, of: Owned) => Owner | undefined;
  readonly isKnown: (service: ObjectKey) => boolean;
};

/** The number of packets refused or dropped for a reason; `port` is empty for ports that the Service does not have. */
export type RefusedPackets = Owner & {
  readonly family: Family;
  readonly reason: RefusalReason;
  packets: number;
};

/**
 * Refused and dropped packets, by service port and reason.
 *
 * The kernel deletes a count after an hour without a packet. The counts here continue, so that they only increase while
 * the Service exists.
 */
export class Refusals {
  readonly #source: RefusalsSource;
  readonly #families: readonly Family[];
  readonly #onRefused: (family: Family, refused: CountedRefusals) => void;
  readonly #reading: Reading;
  /** Each element's count when it was last read. */
  readonly #last: ReadonlyMap<Family, Map<string, number>>;
  readonly #refused = new Map<string, RefusedPackets>();

  constructor(
    source: RefusalsSource,
    families: readonly Family[],
    world: {
      readonly now: () => number;
      readonly onFailure: () => void;
      readonly onRefused: (family: Family, refused: CountedRefusals) => void;
    },
  ) {
    this.#source = source;
    this.#families = families;
    this.#onRefused = world.onRefused;
    this.#last = new Map(families.map((family) => [family, new Map()]));
    this.#reading = new Reading(() => this.#update(), { ...world, atMostEvery: source.atMostEvery });
  }

  /** Resolves when the counts are recent enough. */
  fresh(): Promise<void> {
    return this.#reading.fresh();
  }

  /** The totals so far. */
  get counted(): Iterable<RefusedPackets> {
    return this.#refused.values();
  }

  /** The lines of a scrape about single Services. */
  *lines(): Generator<string> {
    yield `# HELP ${name} Packets to a Service that were refused or dropped, by reason, if any\n`;
    yield `# TYPE ${name} counter\n`;
    for (const { family, service: key, port, reason, packets } of this.counted) {
      const [namespace = "", service = ""] = key.split("/");
      yield `${name}{${labelText({ ...familyLabel(family), namespace, service, port, reason })}} ${packets}\n`;
    }
  }

  async #update(): Promise<void> {
    for (const family of this.#families) {
      const gone = new Set(this.#last.get(family)?.keys());
      await this.#source.read(family, (counted) => gone.delete(this.#count(family, counted)));
      for (const key of gone) this.#last.get(family)?.delete(key);
    }
    for (const [key, { service }] of this.#refused) if (!this.#source.isKnown(service)) this.#refused.delete(key);
  }

  /** Returns what identifies the element. */
  #count(family: Family, { reason, of, packets }: CountedRefusals): string {
    const element = `${reason} ${"frontend" in of ? of.frontend : of.clusterIP}`;
    const last = this.#last.get(family)?.get(element) ?? 0;
    this.#last.get(family)?.set(element, packets);
    const more = gained(last, packets);
    if (more === 0) return element;
    this.#onRefused(family, { reason, of, packets: more });
    const owner = this.#source.ownerOf(family, of);
    if (owner === undefined) return element;
    const key = `${family} ${reason} ${owner.service} ${owner.port}`;
    const refused = this.#refused.get(key) ?? { family, ...owner, reason, packets: 0 };
    refused.packets += more;
    this.#refused.set(key, refused);
    return element;
  }
}

const name = "kube_nft_service_refused_packets_total";
