import type { Finding } from "./findings.ts";

/** Findings as text, worst first. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return inOrder(findings).flatMap(({ severity, subject, evidence, consequence, remedy }) => [
    `  ${severity}: ${subject} ${evidence}`,
    `    so ${consequence}`,
    `    to do: ${remedy}`,
  ]);
}

/** Worst first. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const order = { error: 0, warning: 1, note: 2 };
  return findings.toSorted((a, b) => order[a.severity] - order[b.severity]);
}
