import type { Result, Results } from "../results.ts";
import { bySize, byThing, sideBySide } from "./tables.ts";

/** The parts of the documents that are made from results, by name. Empty where there are no such results. */
export function blocks({ machine, results }: Results): ReadonlyMap<string, string> {
  const of = (name: string) => results.filter(({ benchmark }) => benchmark === name);
  const ten = (name: string) => of(name).filter(({ size }) => size.endpoints === 10);
  return new Map([
    ["machine", `${machine}.\n`],
    ["summary", summary(ten("kernel"))],
    ["compiler", bySize([...merged([...ten("pure"), ...ten("process"), ...ten("load")])])],
    ["agent", bySize(of("agent"))],
    ["agent-summary", bySize(ten("agent").map(summarized))],
    ["pure", bySize(of("pure"))],
    ["process", bySize(of("process"))],
    ["load", bySize(of("load"))],
    ["kernel", sideBySide(of("kernel"))],
    ["data-path", byThing(of("data-path"))],
    ["affinity", sideBySide(of("affinity"))],
  ]);
}

/** The largest cluster that no layout was skipped for. */
function summary(results: readonly Result[]): string {
  const [largest] = results
    .filter(({ figures }) => figures.every(({ values, stoppedAt }) => values.length > 0 || stoppedAt !== undefined))
    .sort((a, b) => b.size.services - a.size.services);
  return largest === undefined ? "" : byThing([largest]);
}

/** Results of one size as one. */
function merged(results: readonly Result[]): Iterable<Result> {
  const byServices = new Map<number, Result>();
  for (const result of results) {
    const { services } = result.size;
    byServices.set(services, { ...result, figures: [...(byServices.get(services)?.figures ?? []), ...result.figures] });
  }
  return byServices.values();
}

/** What operators ask first. */
const told = [
  "start, time to healthy",
  "start, processor time with children",
  "restart, failed connections",
  "churn 20/s, event to packet, p50",
  "churn 20/s, event to packet, p99",
  "churn 20/s, processor time of a change",
  "start, peak memory of nft",
  "restart, peak memory together",
  "rest, memory together",
  "rest, processor, %",
];

function summarized(result: Result): Result {
  const figures = result.figures.filter(({ name }) => told.includes(name));
  return { ...result, figures };
}
