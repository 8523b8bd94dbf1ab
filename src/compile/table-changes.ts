import { printTuple } from "../nft/print-set.ts";
import type { Element, Table } from "../nft/ruleset.ts";
import type { Transaction } from "../nft/transaction.ts";
import { servicePortChanges } from "./service-changes.ts";

/**
 * A line for people about each difference between the kernel's tables and the desired ones.
 *
 * Where service ports differ, sets and chains that only follow from them are left out; the transactions show them all.
 */
export function changeLines(
  changes: readonly { readonly before: Table; readonly after: Table; readonly transaction: Transaction }[],
): readonly string[] {
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
  const portLines = [...byPort].map(([servicePort, { added, removed, changed }]) =>
    [
      servicePort,
      ...added.map((part) => `+ ${part}`),
      ...removed.map((part) => `- ${part}`),
      ...changed.map((part) => `~ ${part}`),
    ].join("  "),
  );
  const chainLines = changes.flatMap(({ before, transaction }) => editedChains(before, transaction));
  const setLines = changes.flatMap(({ before, after }) =>
    [...new Set([...before.sets.keys(), ...after.sets.keys()])]
      .filter((name) => portLines.length === 0 || nodeSets.includes(name))
      .flatMap((name) => setLine(before, after, name)),
  );
  const lines = [...portLines, ...setLines, ...chainLines];
  return lines.length > 0 ? lines : changes.flatMap(({ transaction }) => structureLines(transaction));
}

/** Where nothing else differs: tables and chains that are missing, or too many. */
function structureLines({ family, commands }: Transaction): readonly string[] {
  return commands.flatMap((command) => {
    if (command.kind === "addTable") return [`table ${family}  missing`];
    if (command.kind === "addChain") return [`table ${family}  chain ${command.chain.name}  missing`];
    return command.kind === "deleteChain" ? [`table ${family}  chain ${command.chain.name}  not ours`] : [];
  });
}

/** The sets that come from the node and the configuration, not from Services. */
const nodeSets = ["node-port-ips", "pod-cidrs", "service-cidrs"];

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

/** Chains that are there with other rules than ours. */
function editedChains(before: Table, { family, commands }: Transaction): readonly string[] {
  return commands.flatMap((command) =>
    command.kind === "addRules" && before.chains.has(command.chain.name)
      ? [`table ${family}  chain ${command.chain.name}  has other rules`]
      : [],
  );
}
