import { type Clock, neverAborted } from "../../daemon/coalescer.ts";
import { TokenBucket } from "../../daemon/token-bucket.ts";
import type { Connection } from "./connection.ts";
import { errorText, KubeError } from "./error.ts";
import { type KubeEvent, postEvent } from "./event.ts";

export type RecorderOptions = {
  readonly connection: Connection;
  readonly nodeName: string;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Called for each failure; `isNew`: the reason differs from the previous one. */
  readonly onFailure: (error: unknown, isNew: boolean) => void;
};

/** A report of this node. */
export type NodeEvent = Omit<KubeEvent, "time" | "subject">;

/** A report that all nodes share. */
export type ClusterEvent = Omit<KubeEvent, "time" | "note"> & {
  readonly subject: string;
  /** Evaluated when the Event is about to be posted; undefined if it no longer applies. */
  readonly note: () => string | undefined;
};

/**
 * Posts Kubernetes Events for operators in the background. Events must not become a load: the same one is not repeated for
 * ten minutes, and the total is limited to a burst of ten and then one in six seconds. What exceeds that is posted later,
 * also if the API server is away for less than an hour.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #bucket: TokenBucket;
  /** Oldest first. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #told = new Map<string, number>();
  #lastFailure = "";
  #isTelling = false;
  /** The Event that it posts, or posted last. */
  #work = Promise.resolve();

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#bucket = new TokenBucket(options.clock, { burst: 10, pauseMs: 6_000 });
  }

  post({ note, ...event }: NodeEvent): void {
    this.#add(JSON.stringify({ event, note }), event, () => note);
  }

  /** All nodes find the same at the same time. They take turns, and all but the first learn that it has been posted. */
  share({ note, ...event }: ClusterEvent): void {
    const { clock, random } = this.#options;
    void clock.sleep(random() * spreadMs, neverAborted).then(() => this.#add(JSON.stringify(event), event, note));
  }

  /** Resolves when everything has been posted or has failed, at the latest after a second. */
  async settled(): Promise<void> {
    await Promise.race([this.#work, this.#options.clock.sleep(1000, neverAborted)]);
  }

  #add(key: string, event: Waiting["event"], note: Waiting["note"]): void {
    if (this.#options.clock.now() - (this.#told.get(key) ?? Number.NEGATIVE_INFINITY) < silenceMs) return;
    this.#waiting.set(key, { event, note, time: Date.now(), since: this.#options.clock.now() });
    if (!this.#isTelling) this.#work = this.#tellAll();
  }

  async #tellAll(): Promise<void> {
    const { clock } = this.#options;
    this.#isTelling = true;
    // Events added meanwhile come at the end.
    for (const [key, waiting] of this.#waiting) {
      this.#waiting.delete(key);
      const note = waiting.note();
      if (note === undefined) continue;
      this.#told.set(key, clock.now());
      await clock.sleep(this.#bucket.next(), neverAborted);
      const isOver = await this.#tell(waiting, note);
      if (isOver || clock.now() - waiting.since > patienceMs) continue;
      this.#told.delete(key);
      this.#waiting.set(key, waiting);
      await clock.sleep(retryMs, neverAborted);
    }
    for (const [told, at] of this.#told) if (clock.now() - at >= silenceMs) this.#told.delete(told);
    this.#isTelling = false;
  }

  /** False if it should be retried because the server failed. */
  async #tell({ event, time }: Waiting, note: string): Promise<boolean> {
    const { connection, nodeName, onFailure } = this.#options;
    const reporter = { controller: "kube-nft", instance: nodeName };
    try {
      await postEvent(connection, reporter, { ...event, note, time });
      this.#lastFailure = "";
      return true;
    } catch (error) {
      const reason = errorText(error);
      onFailure(error, reason !== this.#lastFailure);
      this.#lastFailure = reason;
      const { status = 0 } = error instanceof KubeError ? error : {};
      return status >= 400 && status < 500 && status !== 429;
    }
  }
}

type Waiting = {
  readonly event: Omit<KubeEvent, "time" | "note">;
  readonly note: () => string | undefined;
  /** When it happened, in ms since 1970. */
  readonly time: number;
  /** When it began to wait, by the clock. */
  readonly since: number;
};

const spreadMs = 10_000;
const silenceMs = 600_000;
const retryMs = 30_000;
const patienceMs = 3_600_000;

/** Tells nobody anything. */
export const silentRecorder: Pick<Recorder, "post" | "share" | "settled"> = {
  post() {},
  share() {},
  async settled() {},
};
