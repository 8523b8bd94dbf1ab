import { endpointPlans, type ServicePlan } from "../compile/plan/service-plan.ts";
import type { TableView } from "../daemon/agent.ts";
import type { Bell } from "../io/host/bell.ts";
import type { Log } from "../io/host/log.ts";
import { writeRunFile } from "../io/host/run-directory.ts";
import type { FailedTransaction } from "../io/nft/failed-transaction.ts";
import { printRuleset } from "../nft/print-ruleset.ts";

export type DumpSources = {
  /** The state of the agent at a glance. */
  readonly status: () => object;
  /** The last rounds. */
  readonly rounds: () => object;
  readonly tables: () => readonly TableView[];
  /** The last failure of each family, and when it happened. */
  readonly failed: () => Iterable<FailedTransaction & { readonly at: string }>;
};

/** Writes the state to a file for those who ask; if a file is being written, they all share it. */
export class Dumper {
  readonly #sources: DumpSources;
  readonly #log: Log;
  #writing: Promise<string> | undefined;

  constructor(sources: DumpSources, log: Log) {
    this.#sources = sources;
    this.#log = log;
  }

  /** The path of the file. */
  async write(): Promise<string> {
    this.#writing ??= writeRunFile("state.txt", dump(this.#sources)).finally(() => {
      this.#writing = undefined;
    });
    const file = await this.#writing;
    this.#log.info({ file }, "wrote the state");
    return file;
  }

  /** Writes whenever it rings, until the signal is aborted. */
  async follow(requests: Bell, signal: AbortSignal): Promise<void> {
    for (; !signal.aborted; await requests.sleep(undefined, signal)) {
      if (requests.take()) await this.write().catch((err) => this.#log.error({ err }, "cannot write the state"));
    }
  }
}

/** Everything that an agent knows, as parts of text for someone who looks for a fault: small parts first. */
export function* dump({ status, rounds, tables, failed }: DumpSources): Generator<string> {
  yield section("status", JSON.stringify(status(), undefined, 2));
  yield section("last rounds, the newest first", JSON.stringify(rounds(), undefined, 2));
  for (const { family, at, message, lines } of failed()) {
    const marked = lines.map(({ number, text, isRefused }) => `${isRefused ? ">" : " "} ${number}  ${text}`);
    yield section(`last failed transaction of table ${family}, ${at}`, [message, ...marked].join("\n"));
  }
  for (const { family, plans } of tables()) {
    yield section(`plans of table ${family}, one a line`, "");
    for (const plan of plans.plans) yield `${JSON.stringify(withEndpoints(plan), withoutSlices)}\n`;
    yield section(`rules of table ${family}, as they are to be`, printRuleset([plans.table()]));
  }
}

/** Each endpoint with what is decided about it. */
function withEndpoints({ ports, ...plan }: ServicePlan): object {
  return {
    ...plan,
    ports: ports.map((each) => ({ port: each.port, frontends: each.frontends, endpoints: endpointPlans(each) })),
  };
}

/** The name of the slice is in each of its endpoints. */
function withoutSlices(key: string, value: unknown): unknown {
  return key === "slice" && typeof value === "object" && value !== null && "name" in value ? value.name : value;
}

function section(title: string, text: string): string {
  return `\n## ${title}\n\n${text}${text === "" || text.endsWith("\n") ? "" : "\n"}`;
}
