import type { Family } from "../model/address.ts";
import { printHook, printRule } from "./print-rule.ts";
import { batchSize, printElement, printElements, setDeclaration, setKind } from "./print-set.ts";
import { type Chain, type NamedSet, type Ruleset, type Table, tableName } from "./ruleset.ts";

/**
 * The text of a ruleset for `nft -f`. It replaces our tables in one transaction, and touches no others.
 *
 * Adding a table before deleting it makes the deletion succeed if there is none; `destroy` would need nft 1.0.7.
 */
export function printRuleset(ruleset: Ruleset): string {
  return ruleset.map(printTable).join("\n");
}

function printTable(table: Table): string {
  const lines = [
    `table ${table.family} ${tableName}`,
    `delete table ${table.family} ${tableName}`,
    `table ${table.family} ${tableName} {`,
  ];
  const sets = [...table.sets.values()];
  const blocks = [
    ...sets.map((set) => printSet(table.family, set)),
    ...[...table.chains.values()].map((chain) => printChain(table.family, chain)),
  ];
  const rest = sets.map((set) =>
    printElements(table.family, "add", set, set.elements.slice(blockSize(set)), (element) =>
      printElement(set, element),
    ),
  );
  const spares = table.spares?.size ?? 0;
  if (spares > 0)
    blocks.push(`  # ${spares} chains that no element leads to are left out; the agent has them ready.\n`);
  return `${lines.join("\n")}\n${blocks.join("\n")}}\n${rest.join("")}`;
}

function printSet(family: Family, set: NamedSet): string {
  const declaration = setDeclaration(family, set).map((line) => `    ${line}\n`);
  return `  ${setKind(set)} ${set.name} {\n${declaration.join("")}${printElementBlock(set)}  }\n`;
}

/** One element per line, with the name of the service port above its elements. */
function printElementBlock(set: NamedSet): string {
  if (set.elements.length === 0) return "";
  let text = "    elements = {\n";
  let owner: string | undefined;
  for (const element of set.elements.slice(0, blockSize(set))) {
    if (element.owner !== owner && set.value !== "verdict" && element.owner !== undefined) {
      text += `      # ${element.owner}\n`;
    }
    owner = element.owner;
    text += `      ${printElement(set, element)},\n`;
  }
  return `${text}    }\n`;
}

/** The elements in the block of a set. The rest follow the table, because an interval set takes only so many at once. */
function blockSize(set: NamedSet): number {
  return set.flag === "interval" ? batchSize(set) : Number.POSITIVE_INFINITY;
}

function printChain(family: Family, chain: Chain): string {
  const lines = chain.rules.map((rule) => `    ${printRule(family, rule)}\n`);
  if (chain.hook) lines.unshift(`    ${printHook(chain.hook)};\n`);
  const note = chain.note === undefined ? "" : `  # ${chain.note}\n`;
  return `${note}  chain ${chain.name} {\n${lines.join("")}  }\n`;
}
