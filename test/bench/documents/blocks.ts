import type { Result, Results } from "../results.ts";
import { bySize, byThing, sideBySide } from "./tables.ts";

/** The parts of the documents that are made from results, by name. Empty where there are no such results. */
export function blocks({ machine, results }: Results): ReadonlyMap<string, string> {
  const of = (name: string) => results.filter(({ benchmark }) => benchmark === name);
  return new Map([
    ["machine", `${machine}.\n`],
    ["summary", summary(of("kernel").filter(({ size }) => size.endpoints === 10))],
    ["agent", bySize(of("agent"))],
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
