import type { AffinityMethod } from "../compile/settings.ts";
import { hostFamilies } from "../io/host/host.ts";
import { hostName } from "../io/host/process.ts";
import { hasIPv6DynamicMaps } from "../io/nft/nft.ts";
import type { Address } from "../model/address.ts";
import { problemLine } from "../model/problem.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { type Desired, desiredRuleset, type Sources } from "./desired.ts";
import { say } from "./output.ts";
import type { SourceOptions } from "./sources.ts";

/** What a command is about; what is wrong with its input has been said. */
export type Wanted = {
  readonly ruleset: Ruleset;
  /** Whether it is to go no further, as `--strict` has it. */
  readonly isRefused: boolean;
};

/** The ruleset for a machine of which is known what its Node says. */
export async function rulesetElsewhere(options: SourceOptions): Promise<Wanted> {
  return reported(options, await desiredRuleset(sources(options, "remember"), { hostname: hostName(), addresses: [] }));
}

/** The ruleset for the nft of this machine, which may lack what some Services need; `addresses` are its own. */
export async function rulesetHere(options: SourceOptions, addresses: readonly Address[]): Promise<Wanted> {
  const canRemember = options.ipv6Affinity === undefined && (await hasIPv6DynamicMaps());
  const family = options.family ?? (hostFamilies().includes("ip6") ? undefined : "ip");
  const here = sources({ ...options, family }, canRemember ? "remember" : "hash");
  const wanted = reported(options, await desiredRuleset(here, { hostname: hostName(), addresses }));
  const isHashed = wanted.ruleset.some(({ chains }) => [...chains.keys()].some((name) => name.endsWith("-hashed")));
  if (isHashed && options.ipv6Affinity === undefined) {
    say("this nft cannot remember IPv6 clients (1.0.7 can); sticky IPv6 Services choose endpoints by source address");
  }
  return wanted;
}

function sources(options: SourceOptions, ipv6Affinity: AffinityMethod): Sources {
  const limits = { megabytes: options.inputLimit, seconds: options.inputTimeout };
  return { ...options, ipv6Affinity: options.ipv6Affinity ?? ipv6Affinity, limits };
}

function reported({ strict }: SourceOptions, { ruleset, notes, problems }: Desired): Wanted {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
  return { ruleset, isRefused: strict && problems.length > 0 };
}
