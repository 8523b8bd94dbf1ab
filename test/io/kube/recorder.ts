import type { ReflectorClock } from "../../../src/io/kube/pace.ts";
import type { ReadinessReport, ReflectorReport, ReflectorSink } from "../../../src/io/kube/sink.ts";
import { Watched } from "../../support/watched.ts";

/** What the tests keep of an object. */
export type Kept = { readonly version: string; readonly labels: Readonly<Record<string, string>> };

/** A sink that remembers, and a clock whose pauses are over at once. */
export class Recorder implements ReflectorSink<Kept> {
  readonly objects = new Map<string, Kept>();
  /** `+key`, `-key` and `synced`, in order. */
  readonly told: string[] = [];
  readonly reports: ReflectorReport[] = [];
  readonly readiness: ReadinessReport[] = [];
  /** In ms. */
  readonly pauses: number[] = [];
  #slept = 0;
  readonly #watched = new Watched();

  readonly clock: ReflectorClock = {
    now: () => performance.now() + this.#slept,
    sleep: async (ms) => {
      this.pauses.push(ms);
      this.#slept += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
    random: () => 1,
  };

  readonly upserted = (key: string, object: Kept) => {
    this.objects.set(key, object);
    this.#tell(`+${key}`);
  };

  readonly deleted = (key: string) => {
    this.objects.delete(key);
    this.#tell(`-${key}`);
  };

  readonly synced = () => this.#tell("synced");

  readonly report = (report: ReflectorReport) => {
    this.reports.push(report);
    this.#watched.changed();
  };

  readonly reportReadiness = (report: ReadinessReport) => {
    this.readiness.push(report);
    this.#watched.changed();
  };

  /** Waits until a condition holds; it is looked at whenever something is told or reported. */
  until(holds: () => boolean): Promise<void> {
    return this.#watched.until(holds);
  }

  /** Waits for the next report of a kind, after those that there are. */
  async next<K extends ReflectorReport["kind"]>(kind: K): Promise<Extract<ReflectorReport, { readonly kind: K }>> {
    const isOfKind = (report: ReflectorReport): report is Extract<ReflectorReport, { readonly kind: K }> =>
      report.kind === kind;
    const before = this.reports.length;
    await this.until(() => this.reports.slice(before).some(isOfKind));
    const found = this.reports.slice(before).find(isOfKind);
    if (found === undefined) throw new Error("not reached");
    return found;
  }

  /** How often something was reported. */
  count(kind: ReflectorReport["kind"]): number {
    return this.reports.filter((report) => report.kind === kind).length;
  }

  #tell(what: string): void {
    this.told.push(what);
    this.#watched.changed();
  }
}
