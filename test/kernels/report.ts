import { type Finding, isAnswered } from "./findings.ts";

/** Whether everything was loaded, every packet came to where it should, and no connection was refused or lost. */
export function isSound(findings: readonly Finding[]): boolean {
  return findings.some(({ kind }) => kind === "done") && faults(findings).length === 0;
}

/** docs/kernels.md: what each guest found last. */
export function report(guests: readonly (readonly Finding[])[]): string {
  return `# Kernels

\`npm run test:kernels\` boots Debian's kernels under qemu and, in each, loads every ruleset of \`rules/\` with the nft of
Debian 12 and of Debian 13, sends packets through rulesets that together have every kind of rule, and replaces endpoints
while connections continue. These are its last results.

| kernel | nft | rulesets loaded | correct packets |
| --- | --- | --- | --- |
${guests.flatMap(loadRows).join("\n")}

An IPv6 ruleset that remembers clients needs nft 1.0.7, and is not counted for older versions. Packets are sent once if two
versions of nft load the same into the kernel.

Connections, each retried until it is answered, while one of their endpoints is replaced again and again:

| kernel | ruleset | replaced | connections | answered | packets dropped and retried |
| --- | --- | --- | --- | --- | --- |
${guests.flatMap(replacedRows).join("\n")}
${guests.flatMap(faults).join("\n")}`;
}

function loadRows(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((finding) => {
    if (finding.kind !== "loaded") return [];
    const refused = findings.filter((each) => each.kind === "refused" && each.nft === finding.nft).length;
    const rows = findings.reduce(
      (sum, each) => sum + (each.kind === "sent" && each.nft === finding.nft ? each.rows : 0),
      0,
    );
    const wrong = findings.filter((each) => each.kind === "wrong" && each.nft === finding.nft).length;
    return [
      line(releaseOf(findings), finding.nft, of(finding.rulesets - refused, finding.rulesets), of(rows - wrong, rows)),
    ];
  });
}

function replacedRows(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap((finding) => {
    if (finding.kind !== "replaced") return [];
    const { fixture, commits, outcomes, slips } = finding;
    const all = sum(Object.entries(outcomes));
    return [line(releaseOf(findings), fixture, commits, all, all - sum(unanswered(outcomes)), slips)];
  });
}

/** What was not as it should be, a line each. */
export function faults(findings: readonly Finding[]): readonly string[] {
  const release = releaseOf(findings);
  return findings.flatMap((finding) => faultsOf(release, finding));
}

function faultsOf(release: string, finding: Finding): readonly string[] {
  switch (finding.kind) {
    case "refused":
      return [`* ${release}, nft ${finding.nft}: ${finding.fixture} is refused: ${finding.text.split("\n")[0]}`];
    case "wrong":
      return [`* ${release}, nft ${finding.nft}: ${finding.sentence}; but it was ${finding.came.join(" or ")}`];
    case "failed":
      return [`* ${release}: ${finding.text}`];
    case "replaced":
      return [
        // It has more to say, about terminals for one.
        ...(finding.complaints.match(/^.*Error:.*/gm) ?? []).map(
          (complaint) => `* ${release}: a change of ${finding.fixture} fails: ${complaint}`,
        ),
        ...unanswered(finding.outcomes).map(
          ([outcome, count]) => `* ${release}: ${count} connections of ${finding.fixture} ended with ${outcome}`,
        ),
      ];
    case "system":
    case "progress":
    case "loaded":
    case "sent":
    case "done":
      return [];
  }
}

function unanswered(outcomes: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(outcomes).filter(([outcome]) => !isAnswered(outcome));
}

function sum(entries: readonly (readonly [string, number])[]): number {
  return entries.reduce((total, [, count]) => total + count, 0);
}

function releaseOf(findings: readonly Finding[]): string {
  for (const finding of findings) if (finding.kind === "system") return finding.release;
  return "a guest that did not boot";
}

function of(some: number, all: number): string {
  return some === all ? `all ${all}` : `${some} of ${all}`;
}

function line(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}
