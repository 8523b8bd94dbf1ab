import { setTimeout as sleep } from "node:timers/promises";
import { actionsFor } from "./actions.ts";
import type { ChangingService, Cluster } from "./cluster.ts";
import type { Random } from "./random.ts";

/** Lets things happen to Services, to several at a time, but to each by one actor only. */
export class Actors {
  /** How often each action was done. */
  readonly counts = new Map<string, number>();
  readonly #cluster: Cluster;
  readonly #busy = new Set<ChangingService>();
  readonly #onAction: (service: ChangingService) => void;

  constructor(cluster: Cluster, onAction: (service: ChangingService) => void) {
    this.#cluster = cluster;
    this.#busy.add(cluster.calm);
    this.#onAction = onAction;
  }

  /** One actor. An action that is under way when the signal is aborted is not ended. */
  async act(random: Random, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const service = this.reserve(random, () => true);
      const action = random.of(actionsFor(service));
      this.#onAction(service);
      await action.run(service, this.#cluster, random);
      this.counts.set(action.name, (this.counts.get(action.name) ?? 0) + 1);
      this.release(service);
      await sleep(random.between(50, 300));
    }
  }

  /** A Service to which nothing happens until it is released. */
  reserve(random: Random, isWanted: (service: ChangingService) => boolean): ChangingService {
    for (;;) {
      const service = random.of(this.#cluster.services);
      if (this.#busy.has(service) || !isWanted(service)) continue;
      this.#busy.add(service);
      return service;
    }
  }

  release(service: ChangingService): void {
    this.#busy.delete(service);
  }
}
