import type { Finding } from "../../service/findings.ts";
import type { ClusterFacts } from "./cluster.ts";

/** Unusable input, conflicts between Services, and what the configuration leaves out. */
export function inputProblems({ problems, notes }: ClusterFacts): readonly Finding[] {
  return [...problems, ...notes].map(({ source, object, field, message }) => {
    const [evidence = message, ...rest] = message.split("; ");
    const place = source === undefined ? [] : [source.file];
    return {
      severity: "warning",
      subject: [...place, object].filter((each) => each !== "").join(": "),
      evidence: field === "" ? evidence : `${field}: ${evidence}`,
      consequence: rest.length > 0 ? rest.join("; ") : "this node does not do what it asks for",
      remedy: object === "KubeProxyConfiguration" ? "set it in the configuration" : "change the object",
    };
  });
}
