import { type Output, outputText } from "../compile/outputs.ts";
import { allCapabilities, type HostCapabilities } from "../compile/settings.ts";
import { hostFamilies } from "../io/host/host.ts";
import { hostName } from "../io/host/process.ts";
import { bothFamilies, examine, type Lack, nftProblem } from "../io/nft/capabilities.ts";
import type { Address } from "../model/address.ts";
import { problemLine } from "../model/problem.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { type DesiredTables, desiredTables, type Sources } from "./desired.ts";
import { say } from "./output.ts";
import type { SourceOptions } from "./sources.ts";

/** The ruleset of a command. The problems of its input have been reported. */
export type Wanted = {
  readonly ruleset: Ruleset;
  /** What each table of the ruleset was made from, in the same order. */
  readonly tables: DesiredTables["tables"];
  /** Whether the command must stop here because of `--strict`. */
  readonly isRefused: boolean;
};

/** The text of the rules for a machine of which only its Node is known. */
export async function textElsewhere(
  options: SourceOptions,
  output: Output,
): Promise<{ readonly text: string; readonly isRefused: boolean }> {
  const desired = await desiredElsewhere(options);
  const { text, problems } = outputText(desired.tables, desired.settings, output);
  const isRefused = report(options, { ...desired, problems: [...desired.problems, ...problems] });
  return { text, isRefused };
}

/** The plans for such a machine. */
export function desiredElsewhere(options: SourceOptions): Promise<DesiredTables> {
  return desiredTables(sources(options, bothFamilies(allCapabilities)), { hostname: hostName(), addresses: [] });
}

/**
 * The ruleset for this machine and its nft, which may lack what some Services need; `addresses` are the machine's own.
 * Rejects if there is no nft, or if it is too old to be checked with our tables.
 */
export async function rulesetHere(options: SourceOptions, addresses: readonly Address[]): Promise<Wanted> {
  const desired = await desiredHere(options, addresses);
  const isRefused = report(options, desired);
  return { ruleset: desired.tables.map((table) => table.rendered()), tables: desired.tables, isRefused };
}

/** The plans for this machine. Missing features have been reported. */
export async function desiredHere(options: SourceOptions, addresses: readonly Address[]): Promise<DesiredTables> {
  const problem = await nftProblem();
  if (problem !== undefined) throw new Error(problem);
  const wantedFamilies = options.family === undefined ? hostFamilies() : [options.family];
  const { families, capabilities, lacks } = await examine(wantedFamilies, true);
  const family = options.family ?? (families.length === 1 ? families[0] : undefined);
  const here = sources({ ...options, family }, capabilities);
  const desired = await desiredTables(here, { hostname: hostName(), addresses });
  const isHashed = desired.tables.some(
    ({ family, plans }) =>
      desired.settings.families[family].affinity === "hash" &&
      [...plans].some(({ service, ports }) => service.sessionAffinity !== undefined && ports.length > 0),
  );
  const isWanted: Readonly<Record<Lack["feature"], boolean>> = {
    family: true,
    affinity: isHashed && options.ipv6Affinity === undefined,
    counters: options.counters,
    sourceRanges: true,
    sourceHash: true,
    reject: true,
  };
  for (const { feature, message } of lacks) if (isWanted[feature]) say(message);
  return desired;
}

function sources(options: SourceOptions, capabilities: HostCapabilities): Sources {
  const limits = { megabytes: options.inputLimit, seconds: options.inputTimeout };
  const affinity = options.ipv6Affinity ?? capabilities.ip6.affinity;
  return { ...options, capabilities: { ...capabilities, ip6: { ...capabilities.ip6, affinity } }, limits };
}

/** Reports the problems of the input, and returns whether the command must stop because of `--strict`. */
function report({ strict }: SourceOptions, { notes, problems }: Pick<DesiredTables, "notes" | "problems">): boolean {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
  return strict && problems.length > 0;
}
