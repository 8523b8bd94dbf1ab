import { printTuple } from "../nft/print-set.ts";
import type { Element, NamedSet, Table } from "../nft/ruleset.ts";
import type { Transaction } from "../nft/transaction.ts";
import { type ServicePortChange, servicePortChanges, servicePortLine } from "./service-changes.ts";

/** The kernel's table, the desired one, and the transactions between them. */
export type TableChange = { readonly before: Table; readonly after: Table; readonly transaction: Transaction };

/** The differences between the kernel's tables and the desired ones. */
export type TableDifferences = {
  readonly servicePorts: readonly ServicePortChange[];
  /** Differences outside service ports, in lines for people: sets of the node, chains, and missing tables. */
  readonly tables: readonly string[];
};

/** A line for people about each difference. */
export function differenceLines({ servicePorts, tables }: TableDifferences): readonly string[] {
  return [...servicePorts.map(servicePortLine), ...tables];
}

/**
 * If service ports differ, sets that only follow from them are left out, and chains are only named; the transactions show
 * everything.
 */
export function tableDifferences(changes: readonly TableChange[]): TableDifferences {
  const byPort = new Map<
    string,
    { readonly added: string[]; readonly removed: string[]; readonly changed: string[] }
  >();
  for (const { before, after } of changes) {
    for (const { servicePort, added, removed, changed } of servicePortChanges(before, after)) {
      const line = byPort.get(servicePort) ?? { added: [], removed: [], changed: [] };
      line.added.push(...added);
      line.removed.push(...removed);
      line.changed.push(...changed);
      byPort.set(servicePort, line);
    }
  }
  const servicePorts = [...byPort].map(([servicePort, parts]) => ({ servicePort, ...parts }));
  const chainLines = changes.flatMap(({ before, transaction }) => {
    if (isReplaced(transaction)) return [`table ${transaction.family}  has another layout`];
    const names = editedChains(before, transaction);
    if (servicePorts.length === 0)
      return names.map((name) => `table ${transaction.family}  chain ${name}  has other rules`);
    return names.length === 0 ? [] : [`table ${transaction.family}  chains with other rules: ${names.join(", ")}`];
  });
  const setLines = changes.flatMap(({ before, after }) =>
    [...new Set([...before.sets.keys(), ...after.sets.keys()])]
      .filter(
        (name) =>
          servicePorts.length === 0 || (nodeSets.includes(name) && before.sets.has(name) && after.sets.has(name)),
      )
      .flatMap((name) => setLine(before, after, name)),
  );
  const structure = servicePorts.length > 0 ? [] : changes.flatMap(structureLines);
  return { servicePorts, tables: [...setLines, ...chainLines, ...structure] };
}

/** Missing and superfluous tables, sets and chains. Sets with elements are covered by these. */
function structureLines({ before, after, transaction }: TableChange): readonly string[] {
  const { family, commands } = transaction;
  if (isReplaced(transaction)) return [];
  if (commands.some(({ kind }) => kind === "addTable")) return [`table ${family}  missing`];
  const line = (part: string) => [`table ${family}  ${part}`];
  return commands.flatMap((command) => {
    if (command.kind === "addChain") return line(`chain ${command.chain.name}  missing`);
    if (command.kind === "deleteChain") return line(`chain ${command.chain.name}  not ours`);
    if (command.kind === "addSet" && isEmpty(after, command.set)) return line(`set ${command.set.name}  missing`);
    if (command.kind === "deleteSet" && isEmpty(before, command.set)) return line(`set ${command.set.name}  not ours`);
    return [];
  });
}

function isEmpty(table: Table, { name }: NamedSet): boolean {
  return (table.sets.get(name)?.elements ?? []).length === 0;
}

/** The sets that come from the node and the configuration, not from Services. */
const nodeSets = ["node-port-ips", "pod-cidrs", "service-cidrs", "other-cluster-ips"];

function setLine(before: Table, after: Table, name: string): readonly string[] {
  const keys = (elements: readonly Element[]) => new Set(elements.map(({ key }) => printTuple(key)));
  const old = keys(before.sets.get(name)?.elements ?? []);
  const current = keys(after.sets.get(name)?.elements ?? []);
  const parts = [
    ...[...current].filter((key) => !old.has(key)).map((key) => `+ ${key}`),
    ...[...old].filter((key) => !current.has(key)).map((key) => `- ${key}`),
  ];
  return parts.length === 0 ? [] : [[`table ${after.family}`, `set ${name}`, ...parts].join("  ")];
}

/** The names of existing chains whose rules differ from ours. Some differences may only follow from changes of Services. */
function editedChains(before: Table, { commands }: Transaction): readonly string[] {
  return commands.flatMap((command) =>
    command.kind === "addRules" && before.chains.has(command.chain.name) ? [command.chain.name] : [],
  );
}

function isReplaced({ commands }: Transaction): boolean {
  return commands.some(({ kind }) => kind === "deleteTable");
}
