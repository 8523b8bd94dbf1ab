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

/**
 * The families of the cluster that a command asks about, and what they were made from. Problems have not been reported
 * yet.
 */
export type Asked = {
  readonly origin: Origin;
  readonly worlds: readonly World[];
  /** The objects from which the worlds were made; `serviceDetails` finds pods in them. An agent keeps none. */
  readonly objects: readonly KindedObject[];
  readonly problems: readonly Problem[];
  readonly notes: readonly Problem[];
};

/** The source of the answer: this node's agent, files, or a live cluster. */
export type Origin =
  | { readonly kind: "agent" | "files" }
  | { readonly kind: "cluster"; readonly connection: Connection };

/**
 * From files with `-f`, from a live cluster with `--kubeconfig`, or else from this node's agent.
 *
 * @param isHere whether the command asks about this machine's kernel, too
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

/** Reports what is wrong with the input. */
export function sayProblems({ notes, problems }: Pick<Asked, "notes" | "problems">): void {
  for (const problem of [...notes, ...problems]) say(problemLine(problem));
}
