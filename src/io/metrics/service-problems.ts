import type { ObjectKey } from "../../model/service.ts";
import { labelText } from "./labels.ts";

/** The problem of a Service: nft refuses it, another has its frontend, it has lost its endpoints, or another reason. */
export type ServiceProblem = "set aside" | "frontend denied" | "no endpoints" | "not as asked";

/** The lines of a scrape that name the Services with problems, each problem once. */
export function* serviceProblemLines(problems: Iterable<readonly [ObjectKey, ServiceProblem]>): Generator<string> {
  yield `# HELP ${name} 1 for each Service with a problem, by kind: ${kinds}\n# TYPE ${name} gauge\n`;
  const lines = new Set<string>();
  for (const [key, problem] of problems) {
    const [namespace = "", service = ""] = key.split("/");
    lines.add(`${name}{${labelText({ namespace, service, problem })}} 1\n`);
  }
  yield* lines;
}

const name = "kube_nft_service_problem";

const kinds = [
  "set aside (nft refuses its rules)",
  "frontend denied (another Service has it)",
  "no endpoints (it has had some)",
  "not as asked (see its Events)",
].join(", ");
