import { type World, world } from "../ask/world.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import { addressFamily } from "../model/address.ts";
import { problemLine } from "../model/problem.ts";
import type { DesiredTables } from "./desired.ts";
import { say } from "./output.ts";
import { desiredElsewhere, desiredHere } from "./ruleset.ts";
import type { SourceOptions } from "./sources.ts";

/** The families of the cluster that a command asks about, and what they were made of. Of its problems nothing was said. */
export type Asked = DesiredTables & { readonly worlds: readonly World[] };

/** @param isHere whether the kernel of this machine is asked about, too */
export async function askedWorlds(options: SourceOptions, isHere: boolean): Promise<Asked> {
  const own = isHere ? hostAddresses() : [];
  const desired = isHere ? await desiredHere(options, own) : await desiredElsewhere(options);
  const { tables, settings, node } = desired;
  const addresses = [...own, ...(node?.addresses ?? [])];
  const worlds = tables.map((plans) =>
    world(
      plans.family,
      settings,
      plans,
      addresses.filter((each) => addressFamily(each) === plans.family),
    ),
  );
  return { ...desired, worlds };
}

/** Says what is wrong with the input. */
export function sayProblems({ notes, problems }: DesiredTables): void {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
}
