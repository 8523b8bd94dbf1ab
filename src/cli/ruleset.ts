import { hostFamilies } from "../io/host/host.ts";
import { hostName } from "../io/host/process.ts";
import { hasIPv6DynamicMaps } from "../io/nft/nft.ts";
import type { Address } from "../model/address.ts";
import { problemLine } from "../model/problem.ts";
import type { Ruleset } from "../nft/ruleset.ts";
import { type Desired, desiredRuleset } from "./desired.ts";
import { exitDifferent, say } from "./output.ts";
import type { SourceOptions } from "./sources.ts";

/** The ruleset for a machine of which is known what its Node says. What is wrong with the input is said. */
export async function rulesetElsewhere(options: SourceOptions): Promise<Ruleset> {
  const sources = { ...options, ipv6Affinity: options.ipv6Affinity ?? "remember" } as const;
  return reported(options, await desiredRuleset(sources, { hostname: hostName(), addresses: [] }));
}

/** The ruleset for the nft of this machine, which may lack what some Services need; `addresses` are its own. */
export async function rulesetHere(options: SourceOptions, addresses: readonly Address[]): Promise<Ruleset> {
  const canRemember = options.ipv6Affinity === undefined && (await hasIPv6DynamicMaps());
  const sources = {
    ...options,
    family: options.family ?? (hostFamilies().includes("ip6") ? undefined : "ip"),
    ipv6Affinity: options.ipv6Affinity ?? (canRemember ? "remember" : "hash"),
  } as const;
  const ruleset = reported(options, await desiredRuleset(sources, { hostname: hostName(), addresses }));
  const isHashed = ruleset.some(({ chains }) => [...chains.keys()].some((name) => name.endsWith("-hashed")));
  if (isHashed && options.ipv6Affinity === undefined) {
    say("this nft cannot remember IPv6 clients (1.0.7 can); sticky IPv6 Services choose endpoints by source address");
  }
  return ruleset;
}

function reported({ strict }: SourceOptions, { ruleset, notes, problems }: Desired): Ruleset {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
  if (strict && problems.length > 0) process.exitCode = exitDifferent;
  return ruleset;
}
