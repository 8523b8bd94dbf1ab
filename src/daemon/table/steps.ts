import { filledBy, frontendOfElement, isFilledFirst } from "../../compile/lower/nftables/sets.ts";
import type { FrontendKey } from "../../compile/plan/frontends.ts";
import { portsOf } from "../../nft/port-range.ts";
import type { Element, ElementTuple, NamedSet } from "../../nft/ruleset.ts";
import { type Command, elementCount, type Transaction } from "../../nft/transaction.ts";

/** nft takes 2 KB of memory per element: larger changes should be done in steps. */
export const mostElements = 20_000;

/**
 * Splits a transaction into steps with the same result. After each step, every frontend is in its old or in its new state,
 * as the elements of one frontend are never split. The order is:
 *
 * 1. New sets and chains, alone: a packet keeps the rules of the moment when it arrived, but looks into the current maps,
 *    which must not lead it to a chain that had no rules at that moment. New chains that nothing leads to yet get a
 *    transaction of their own after it: with one generation in between, no packet was seen to slip. New sets of ranges
 *    whose rules act on addresses outside all ranges are filled here: the kernel fills ranges a moment after it shows
 *    frontends.
 * 2. Other rules; those to be deleted stay while something needs them. Networks and addresses that packets are compared
 *    with, and endpoints that may meet their own connections.
 * 3. Frontends, first those that a cluster cannot do without.
 * 4. ClusterIPs, as their ports are refused if they are not served yet, and all deletions.
 *
 * If few elements change, 2 to 4 are one step; so they are if a set of frontends is refilled. The replacement of a table
 * is never split.
 *
 * @param most elements in a step, except for a frontend that has more
 */
export function inSteps(transaction: Transaction, most = mostElements): readonly Transaction[] {
  const { family, commands } = transaction;
  if (commands.some(({ kind }) => kind === "deleteTable")) return [transaction];
  const isAddition = additionsAmong(commands);
  const rest = commands.filter((command) => !isAddition(command));
  const { structure, cleanup } = structureCommands(rest);
  const isWhole = elementCount(transaction) <= most || structure.some(isRefill);
  const steps = isWhole ? [rest] : elementSteps(rest, structure, cleanup, most);
  const isSpare = spareAdditions(commands);
  const additions = commands.filter(isAddition);
  return [additions.filter((command) => !isSpare(command)), additions.filter(isSpare), ...steps]
    .filter(({ length }) => length > 0)
    .map((step) => ({ family, commands: step }));
}

function isRefill(command: Command): boolean {
  return command.kind === "flushSet" && filledBy(command.set.name) === "frontend";
}

/** Separates what creates new sets and chains from what changes existing ones. */
function additionsAmong(commands: readonly Command[]): (command: Command) => boolean {
  const chains = new Set(commands.flatMap((command) => (command.kind === "addChain" ? [command.chain.name] : [])));
  const sets = new Set(commands.flatMap((command) => (command.kind === "addSet" ? [command.set.name] : [])));
  return (command) =>
    command.kind === "addTable" ||
    command.kind === "addSet" ||
    command.kind === "addChain" ||
    (command.kind === "addRules" && chains.has(command.chain.name)) ||
    (command.kind === "addElements" && sets.has(command.set.name) && isFilledFirst(command.set.name));
}

/** Selects what creates chains to which no rule and no element of the transaction leads. */
function spareAdditions(commands: readonly Command[]): (command: Command) => boolean {
  const targets = new Set<string>();
  for (const command of commands) {
    if (command.kind === "addRules") {
      for (const statement of command.chain.rules.flat()) if ("chain" in statement) targets.add(statement.chain);
    }
    if (command.kind !== "addElements" || command.set.value !== "verdict") continue;
    for (const { value } of command.elements) if (value && "chain" in value) targets.add(value.chain);
  }
  return (command) => "chain" in command && command.chain.hook === undefined && !targets.has(command.chain.name);
}

function elementSteps(
  commands: readonly Command[],
  structure: readonly Command[],
  cleanup: readonly Command[],
  most: number,
): readonly (readonly Command[])[] {
  const steps = packed(elementGroups(commands), most).map(elementCommands);
  return steps.map((step, index) => [
    ...(index === 0 ? structure : []),
    ...step,
    ...(index === steps.length - 1 ? cleanup : []),
  ]);
}

/** The commands without elements: those about what stays, and those about what is deleted. */
function structureCommands(commands: readonly Command[]) {
  const sets = new Set(commands.flatMap((command) => (command.kind === "deleteSet" ? [command.set.name] : [])));
  const chains = new Set(commands.flatMap((command) => (command.kind === "deleteChain" ? [command.chain.name] : [])));
  const structure: Command[] = [];
  const cleanup: Command[] = [];
  for (const command of commands) {
    if ("elements" in command) continue;
    const isToGo =
      ("set" in command && sets.has(command.set.name)) || ("chain" in command && chains.has(command.chain.name));
    (isToGo ? cleanup : structure).push(command);
  }
  return { structure, cleanup };
}

export type ChangedElement = {
  readonly kind: "deleteElements" | "addElements";
  readonly set: NamedSet;
  readonly element: Element;
};

/** Added and deleted elements, in groups that are never split. */
function elementGroups(commands: readonly Command[]): Iterable<readonly ChangedElement[]> {
  const early: (readonly ChangedElement[])[] = [];
  const late: (readonly ChangedElement[])[] = [];
  const frontends = new Map<string, ChangedElement[]>();
  const joined = joinedPlaces(commands);
  for (const command of commands) {
    if (!("elements" in command)) continue;
    const { kind, set } = command;
    const others = set.name === "cluster-ips" || (set.name === "hairpin" && kind === "deleteElements") ? late : early;
    for (const element of command.elements) {
      const change = { kind, set, element };
      const frontend = frontendOfElement(set.name, element.key);
      const place = frontend && placeOf(frontend);
      const key = place !== undefined && joined.has(place) ? place : frontend;
      const group = key === undefined ? undefined : frontends.get(key);
      if (key === undefined) others.push([change]);
      else if (group === undefined) frontends.set(key, [change]);
      else group.push(change);
    }
  }
  return [...early, ...byUrgency([...frontends.values()]), ...late];
}

/** The addresses, each with a protocol, at which the elements of one frontend also concern the ports of others. */
function joinedPlaces(commands: readonly Command[]): ReadonlySet<string> {
  const places = new Set<string>();
  for (const command of commands) {
    if (!("elements" in command) || command.set.flag !== "interval") continue;
    for (const { key } of command.elements) {
      const frontend = frontendOfElement(command.set.name, key);
      if (frontend !== undefined && key.some(isRange)) places.add(placeOf(frontend));
    }
  }
  return places;
}

function isRange(part: ElementTuple[number]): boolean {
  return typeof part === "string" && portsOf(part) !== undefined;
}

/** A frontend's name without the port. */
function placeOf(frontend: FrontendKey): string {
  return frontend.slice(0, frontend.lastIndexOf(" "));
}

/** The API server first, then DNS, then all others: without these two, pods can do nothing about the rest. */
function byUrgency(frontends: readonly (readonly ChangedElement[])[]): readonly (readonly ChangedElement[])[] {
  const classes = [0, 1, 2].map((): (readonly ChangedElement[])[] => []);
  for (const frontend of frontends) {
    const { element } = frontend.find(({ element: { owner } }) => owner !== undefined) ?? {};
    const service = element?.owner?.split(":")[0] ?? "";
    const isDNS = service.startsWith("kube-system/") && element?.key.includes(53);
    classes[service === "default/kubernetes" ? 0 : isDNS ? 1 : 2]?.push(frontend);
  }
  return classes.flat();
}

/** Combines as many groups as a step may hold; a larger group is a step of its own. */
function packed(groups: Iterable<readonly ChangedElement[]>, most: number): readonly (readonly ChangedElement[])[] {
  const steps: ChangedElement[][] = [];
  let step: ChangedElement[] | undefined;
  for (const group of groups) {
    if (step === undefined || step.length + group.length > most) {
      step = [];
      steps.push(step);
    }
    for (const change of group) step.push(change);
  }
  return steps;
}

/** One command per set: deletions first, as an element with another value has the same key. */
export function elementCommands(changes: readonly ChangedElement[]): readonly Command[] {
  const commands = (wanted: ChangedElement["kind"]) => {
    const bySet = new Map<string, { kind: typeof wanted; set: NamedSet; elements: Element[] }>();
    for (const { kind, set, element } of changes) {
      if (kind !== wanted) continue;
      const command = bySet.get(set.name);
      if (command === undefined) bySet.set(set.name, { kind, set, elements: [element] });
      else command.elements.push(element);
    }
    return [...bySet.values()];
  };
  return [...commands("deleteElements"), ...commands("addElements")];
}
