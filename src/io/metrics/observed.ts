import { Gauge, type Registry } from "prom-client";
import type { ObservedTable } from "../../ask/status/status.ts";
import type { Family } from "../../model/address.ts";
import { familyLabel } from "./labels.ts";

/** What an agent that only observes has found; of others, that they do more. */
export class ObservedMetrics {
  readonly #observing: Gauge;
  readonly #changes: Gauge<"ip_family" | "part">;
  readonly #packets: Gauge<"result">;

  constructor(registry: Registry, families: readonly Family[]) {
    const registers = [registry];
    this.#observing = new Gauge({
      name: "kube_nft_observing",
      help: "1 if this process only observes, and writes nothing to the kernel",
      registers,
    });
    this.#changes = new Gauge({
      name: "kube_nft_observed_changes",
      help: "What an agent that writes would change in the kernel, as found by one that only observes",
      labelNames: ["ip_family", "part"],
      registers,
    });
    this.#packets = new Gauge({
      name: "kube_nft_observed_packets",
      help: "Packets for which an agent that only observes has interpreted its rules: as planned, or otherwise",
      labelNames: ["result"],
      registers,
    });
    this.#tell(
      families.map((family) => ({ family, isThere: false, chains: 0, sets: 0, elements: 0 })),
      0,
      0,
    );
  }

  set(tables: readonly ObservedTable[], packets: number, differences: number): void {
    this.#observing.set(1);
    this.#tell(tables, packets, differences);
  }

  #tell(tables: readonly ObservedTable[], packets: number, differences: number): void {
    for (const { family, chains, sets, elements } of tables) {
      const changes = { chain: chains, set: sets, element: elements };
      for (const [part, count] of Object.entries(changes)) this.#changes.set({ ...familyLabel(family), part }, count);
    }
    this.#packets.set({ result: "as planned" }, packets - differences);
    this.#packets.set({ result: "otherwise" }, differences);
  }
}
