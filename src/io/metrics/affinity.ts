import { Counter, Gauge, type Registry } from "prom-client";
import { affinityMapSize } from "../../compile/lower/nftables/sets.ts";
import type { AffinityRound } from "../../daemon/follow/affinity.ts";
import type { Family } from "../../model/address.ts";
import { type Protocol, protocols } from "../../model/port.ts";
import { familyLabel } from "./labels.ts";

/** The kernel's sticky clients. */
export class AffinityMetrics {
  readonly #clients: Gauge<"ip_family" | "protocol">;
  readonly #forgotten: Counter<"ip_family" | "protocol">;
  readonly #searches: Counter<"ip_family" | "result">;
  readonly #limits: Counter<"ip_family">;
  readonly #limited: Gauge<"ip_family">;

  constructor(registry: Registry, families: readonly Family[]) {
    const registers = [registry];
    const ofMap = ["ip_family", "protocol"] as const;
    this.#clients = new Gauge({
      name: "kube_nft_affinity_clients",
      help: "Clients of sticky Services that the kernel remembers, as last counted",
      labelNames: ofMap,
      registers,
    });
    const capacity = new Gauge({
      name: "kube_nft_affinity_capacity",
      help: "Clients that the kernel can remember: further ones are not kept with their endpoints",
      labelNames: ofMap,
      registers,
    });
    this.#forgotten = new Counter({
      name: "kube_nft_affinity_forgotten_total",
      help: "Clients whose endpoint or frontend was gone, or whose Service had too many",
      labelNames: ofMap,
      registers,
    });
    this.#searches = new Counter({
      name: "kube_nft_affinity_searches_total",
      help: "Searches for clients to forget, by result",
      labelNames: ["ip_family", "result"],
      registers,
    });
    this.#limits = new Counter({
      name: "kube_nft_affinity_limits_total",
      help: "Times that a Service had so many clients that others would have had no room",
      labelNames: ["ip_family"],
      registers,
    });
    this.#limited = new Gauge({
      name: "kube_nft_affinity_limited_services",
      help: "Services whose clients are not remembered now, as they had too many",
      labelNames: ["ip_family"],
      registers,
    });
    for (const label of families.map(familyLabel)) {
      for (const protocol of protocols) {
        this.#clients.set({ ...label, protocol }, 0);
        capacity.set({ ...label, protocol }, affinityMapSize);
        this.#forgotten.inc({ ...label, protocol }, 0);
      }
      this.#limits.inc(label, 0);
      this.#limited.set(label, 0);
      for (const result of ["ok", "failed"]) this.#searches.inc({ ...label, result }, 0);
    }
  }

  counted(family: Family, protocol: Protocol, clients: number): void {
    this.#clients.set({ ...familyLabel(family), protocol }, clients);
  }

  searched({ family, protocol, clients, forgotten }: AffinityRound): void {
    this.counted(family, protocol, clients - forgotten);
    this.#forgotten.inc({ ...familyLabel(family), protocol }, forgotten);
    this.#searches.inc({ ...familyLabel(family), result: "ok" });
  }

  limited(family: Family): void {
    this.#limits.inc(familyLabel(family));
    this.#limited.inc(familyLabel(family));
  }

  unlimited(family: Family): void {
    this.#limited.dec(familyLabel(family));
  }

  failed(family: Family): void {
    this.#searches.inc({ ...familyLabel(family), result: "failed" });
  }
}
