import { type World, world } from "../ask/world.ts";
import type { KindedObject } from "../decode/objects.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import type { Connection } from "../io/kube/connection.ts";
import { type Address, addressFamily } from "../model/address.ts";
import { type Problem, problemLine } from "../model/problem.ts";
import { agentWorlds } from "./agent-worlds.ts";
import type { DesiredTables } from "./desired.ts";
import { asksAgent } from "./from-agent.ts";
import { say } from "./output.ts";
import { desiredElsewhere, desiredHere } from "./ruleset.ts";
import type { SourceOptions } from "./sources.ts";

/** The families of the cluster that a command asks about, and what they were made of. Of its problems nothing was said. */
export type Asked = {
  readonly origin: Origin;
  readonly worlds: readonly World[];
  /** The objects that the worlds were made of: from these, `serviceDetails` knows pods. An agent keeps none. */
  readonly objects: readonly KindedObject[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
};

/** Who answers: the agent of this node, files, or a live cluster. */
export type Origin =
  | { readonly kind: "agent" | "files" }
  | { readonly kind: "cluster"; readonly connection: Connection };

/**
 * Files with `-f`, a live cluster with `--kubeconfig`, or else what the agent of this node knows.
 *
 * @param isHere whether the kernel of this machine is asked about, too
 */
export async function askedWorlds(options: SourceOptions, isHere: boolean): Promise<Asked> {
  if (await asksAgent(options)) {
    const worlds = await agentWorlds(options.family);
    return { origin: { kind: "agent" }, worlds, objects: [], problems: [], notes: [] };
  }
  const own = isHere ? hostAddresses() : [];
  const desired = isHere ? await desiredHere(options, own) : await desiredElsewhere(options);
  const { objects, problems, notes, connection } = desired;
  const origin: Origin = connection === undefined ? { kind: "files" } : { kind: "cluster", connection };
  return { origin, worlds: worldsOf(desired, own), objects, problems, notes };
}

/** @param own the addresses of this machine, if it is the node */
export function worldsOf(
  { tables, settings, node }: Pick<DesiredTables, "tables" | "settings" | "node">,
  own: readonly Address[],
): readonly World[] {
  const addresses = [...own, ...(node?.addresses ?? [])];
  return tables.map((plans) =>
    world(
      plans.family,
      settings,
      plans,
      addresses.filter((each) => addressFamily(each) === plans.family),
    ),
  );
}

/** Says what is wrong with the input. */
export function sayProblems({ notes, problems }: Pick<Asked, "notes" | "problems">): void {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
}
