import { type Clock, neverAborted } from "../../daemon/coalescer.ts";
import type { Connection } from "./connection.ts";
import { errorText } from "./error.ts";
import { type KubeEvent, postEvent } from "./event.ts";

/**
 * Posts Kubernetes Events for operators, without waiting for them. The same is not told again for ten minutes, and all in
 * all there are ten at once and then one in six seconds at the most: events must not become a load of their own.
 */
export class Recorder {
  readonly #connection: Connection;
  readonly #nodeName: string;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown, isNew: boolean) => void;
  #lastFailure = "";
  readonly #underWay = new Set<Promise<void>>();
  readonly #told = new Map<string, number>();
  #credit = burst;
  #creditAt = 0;

  /** `onFailure` is called each time; `isNew`: not for the same reason as the last time. */
  constructor(
    connection: Connection,
    nodeName: string,
    clock: Clock,
    onFailure: (error: unknown, isNew: boolean) => void,
  ) {
    this.#connection = connection;
    this.#nodeName = nodeName;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  post(event: Omit<KubeEvent, "time">): void {
    const time = this.#clock.now();
    const key = JSON.stringify(event);
    if (time - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < silence) return;
    this.#credit = Math.min(burst, this.#credit + (time - this.#creditAt) / pause);
    this.#creditAt = time;
    if (this.#credit < 1) return;
    this.#credit -= 1;
    for (const [told, at] of this.#told) if (time - at >= silence) this.#told.delete(told);
    this.#told.set(key, time);
    const reporter = { controller: "kube-nft", instance: this.#nodeName };
    const posted = postEvent(this.#connection, reporter, { ...event, time: Date.now() })
      .catch((error: unknown) => {
        const reason = errorText(error);
        this.#onFailure(error, reason !== this.#lastFailure);
        this.#lastFailure = reason;
      })
      .finally(() => this.#underWay.delete(posted));
    this.#underWay.add(posted);
  }

  /** Resolves when all that was posted has arrived, or failed, or after a second. */
  async settled(): Promise<void> {
    await Promise.race([Promise.all(this.#underWay), this.#clock.sleep(1000, neverAborted)]);
  }
}

const burst = 10;
const pause = 6_000;
const silence = 600_000;
