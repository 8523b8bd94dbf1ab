import { filledBy, frontendOfElement } from "../../compile/lower/nftables/sets.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import { printTuple } from "../../nft/print-set.ts";
import type { Statement } from "../../nft/rule.ts";
import type { Command, Transaction } from "../../nft/transaction.ts";
import { type ChangedElement, elementCommands } from "./steps.ts";

/** A part of a transaction that can be left out on its own. */
export type Part = {
  /** `chain firewall`, `Service default/web` */
  readonly name: string;
  /** Undefined if it belongs to no Service. */
  readonly service: ObjectKey | undefined;
  readonly structure: Command[];
  readonly elements: ChangedElement[];
  /** The names of the parts that it needs. */
  readonly needs: Set<string>;
};

/**
 * The parts of a transaction, in an order in which they can be applied: what others need, the
 * elements, small groups first, and last the deletions.
 *
 * The elements of a frontend are never separated, and a table is replaced with all of its sets and chains.
 *
 * @param finish a transaction that comes after it
 */
export function partsOf({ commands }: Transaction, finish: readonly Command[] = []): readonly Part[] {
  const isReplaced = commands.some(({ kind }) => kind === "deleteTable");
  const structure = structureParts(commands, isReplaced);
  const elements = [...elementParts(commands, structure)].sort(
    (a, b) => urgency(a) - urgency(b) || a.elements.length - b.elements.length,
  );
  const last = partIn(structure, lastPart);
  structure.delete(lastPart);
  last.structure.push(...finish);
  return [...needsFirst([...structure.values()]), ...elements, ...(last.structure.length > 0 ? [last] : [])];
}

/** The transaction that applies parts. */
export function joined(family: Family, parts: readonly Part[]): Transaction {
  const isLast = ({ name }: Part) => name === lastPart;
  return {
    family,
    commands: [
      ...parts.flatMap((part) => (isLast(part) ? [] : part.structure)),
      ...elementCommands(parts.flatMap(({ elements }) => elements)),
      ...parts.flatMap((part) => (isLast(part) ? part.structure : [])),
    ],
  };
}

/** Nothing works without it. */
export const tablePart = "table";
const lastPart = "what is to go";
const setPart = (name: string) => `set ${name}`;
const chainPart = (name: string) => `chain ${name}`;

function structureParts(commands: readonly Command[], isReplaced: boolean): Map<string, Part> {
  const partName = (command: Command) =>
    "set" in command ? setPart(command.set.name) : "chain" in command ? chainPart(command.chain.name) : tablePart;
  const isDeletion = ({ kind }: Command) => kind === "deleteSet" || kind === "deleteChain";
  const toGo = new Set(commands.filter(isDeletion).map(partName));
  const parts = new Map<string, Part>();
  for (const command of commands) {
    if ("elements" in command) continue;
    const own = partName(command);
    const part = partIn(parts, isReplaced ? tablePart : toGo.has(own) ? lastPart : own);
    part.structure.push(command);
    if (command.kind === "addRules" && !isReplaced)
      for (const name of mentioned(command.chain.rules.flat())) part.needs.add(name);
  }
  return parts;
}

function mentioned(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap((statement) => {
    if ("chain" in statement) return [chainPart(statement.chain)];
    if ("set" in statement) return [setPart(statement.set)];
    return "map" in statement ? [setPart(statement.map)] : [];
  });
}

/** Each part after those that it needs. */
function needsFirst(parts: readonly Part[]): readonly Part[] {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const ordered = new Set<Part>();
  const visit = (part: Part) => {
    byName.delete(part.name);
    for (const name of part.needs) {
      const needed = byName.get(name);
      if (needed) visit(needed);
    }
    ordered.add(part);
  };
  for (const part of parts) if (byName.has(part.name)) visit(part);
  return [...ordered];
}

/**
 * Elements from the settings belong to their set. An element about an address belongs to a Service whose frontend or
 * endpoint that is, if these change, too.
 */
function elementParts(commands: readonly Command[], structure: Map<string, Part>): Iterable<Part> {
  const frontends = new Map<string, ChangedElement[]>();
  const others: ChangedElement[] = [];
  for (const command of commands) {
    if (!("elements" in command)) continue;
    for (const element of command.elements) {
      const change = { kind: command.kind, set: command.set, element };
      if (filledBy(command.set.name) === "settings") {
        partIn(structure, setPart(command.set.name)).elements.push(change);
        continue;
      }
      const key = frontendOfElement(command.set.name, element.key);
      const frontend = key === undefined ? others : frontends.get(key);
      if (frontend) frontend.push(change);
      else if (key !== undefined) frontends.set(key, [change]);
    }
  }
  const parts = new Map<string, Part>();
  const services = new Map<string | number, ObjectKey>();
  for (const [key, changes] of frontends) {
    const service = serviceOf(changes);
    const part = partIn(parts, service === undefined ? `frontend ${key}` : `Service ${service}`, service);
    for (const change of changes) {
      put(part, change);
      if (service !== undefined) for (const address of addressesOf(change)) services.set(address, service);
    }
  }
  for (const change of others) {
    const { set, element } = change;
    const service = services.get(element.key[0] ?? "");
    const name = service === undefined ? `${printTuple(element.key)} in ${set.name}` : `Service ${service}`;
    put(partIn(parts, name, service), change);
  }
  return parts.values();
}

/** The new owner, or else the old one. */
function serviceOf(changes: readonly ChangedElement[]): ObjectKey | undefined {
  const ownerOf = (changes: readonly ChangedElement[]) =>
    changes.find(({ element }) => element.owner !== undefined)?.element.owner;
  const owner = ownerOf(changes.filter(({ kind }) => kind === "addElements")) ?? ownerOf(changes);
  return owner === undefined ? undefined : serviceOfPort(owner);
}

/** Of `namespace/name:port`. */
export function serviceOfPort(servicePort: string): ObjectKey {
  const [namespace = "", name = ""] = servicePort.split(/[/:]/);
  return `${namespace}/${name}`;
}

/** Its frontend and its endpoint. */
function addressesOf({ element: { key, value } }: ChangedElement): readonly (string | number)[] {
  const target = value === undefined || "kind" in value ? undefined : value[0];
  return [key[0], target].filter((each) => each !== undefined);
}

function put(part: Part, change: ChangedElement): void {
  const { set, element, kind } = change;
  part.elements.push(change);
  part.needs.add(setPart(set.name));
  if (kind === "addElements" && element.value && "chain" in element.value)
    part.needs.add(chainPart(element.value.chain));
}

function partIn(parts: Map<string, Part>, name: string, service?: ObjectKey): Part {
  const part = parts.get(name) ?? {
    name,
    service,
    structure: [],
    elements: [],
    needs: new Set(name === tablePart ? [] : [tablePart]),
  };
  parts.set(name, part);
  return part;
}

/** The API server first, then kube-system with DNS: without these two, pods cannot use the rest. */
function urgency({ service }: Part): number {
  return service === "default/kubernetes" ? 0 : service?.startsWith("kube-system/") ? 1 : 2;
}
