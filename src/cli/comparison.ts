import { type Comparison, compared } from "../ask/compare/compare.ts";
import { interfaceAddresses, type Listed, listed } from "../ask/compare/listed.ts";
import { visible } from "../decode/quote.ts";
import { failureWords, readText } from "../io/files/read.ts";
import { readListings } from "../io/proxies/listings.ts";
import { compareText } from "../model/service.ts";
import type { CompareOptions } from "./compare.ts";
import { askedWorlds, sayProblems } from "./worlds.ts";

/** Compares kube-proxy's rules with the plans, by family. Rejects if there is nothing to compare. */
export async function comparison(options: CompareOptions): Promise<readonly Comparison[]> {
  const { with: files } = options;
  const asked = await askedWorlds(options, files === undefined);
  sayProblems(asked);
  if (options.strict && asked.problems.length > 0)
    throw new Error("nothing was compared, as the input has problems and --strict is given");
  const all = files === undefined ? await listedHere() : await listedIn(files);
  const modes = [...new Set(all.map(({ mode }) => mode))].sort(compareText);
  const chosen = options.mode ?? modes[0];
  if (options.mode === undefined && modes.length > 1)
    throw new Error(`there are rules of kube-proxy's modes ${modes.join(" and ")}: choose one with --mode`);
  const comparisons = asked.worlds.flatMap((world) =>
    all
      .filter(({ mode, family }) => mode === chosen && family === world.family)
      .map(({ mode, served }) => compared(world, served(world), mode)),
  );
  if (comparisons.length > 0) return comparisons;
  throw new Error(
    `there are no rules of kube-proxy${options.mode === undefined ? "" : `'s mode ${options.mode}`} here`,
  );
}

async function listedHere(): Promise<readonly Listed[]> {
  const { texts, ipvsInterface, missing } = await readListings();
  const addresses = ipvsInterface === undefined ? undefined : interfaceAddresses(ipvsInterface);
  const all = texts.flatMap((text) => listed(text, addresses));
  if (all.length > 0) return all;
  const installed = missing.length === 0 ? "" : `; not installed: ${missing.join(", ")}`;
  throw new Error(`there are no rules of kube-proxy in this kernel${installed}`);
}

async function listedIn(files: readonly string[]): Promise<readonly Listed[]> {
  const all: Listed[] = [];
  for (const file of files) {
    const text = await readText(file).catch((cause) => {
      throw new Error(`${visible(file)} ${failureWords(cause)}`, { cause });
    });
    try {
      all.push(...listed(text));
    } catch (cause) {
      throw new Error(`${visible(file)}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }
  return all;
}
