import { printHook, printRule } from "../../src/nft/print-rule.ts";
import { printElement, setDeclaration } from "../../src/nft/print-set.ts";
import type { Chain, NamedSet, Table } from "../../src/nft/ruleset.ts";

/**
 * A table in lines that are the same for equal tables, whatever the order in which they were created; empty without a
 * table.
 */
export function contents(table: Table | undefined): readonly string[] {
  if (table === undefined) return [];
  return [...[...table.sets.values()].flatMap(setLines), ...[...table.chains.values()].map(chainLine)].sort();
}

function setLines(set: NamedSet): readonly string[] {
  const name = `set ${set.name}: `;
  const printed = set.elements.map((element) => once(element, () => printElement(set, element)));
  return [name + setDeclaration("ip", set).join(" "), ...printed.map((element) => name + element)];
}

function chainLine(chain: Chain): string {
  return once(chain, () => {
    const { name, hook, rules } = chain;
    return `chain ${name}: ${hook && printHook(hook)} ${rules.map((rule) => printRule("ip", rule)).join(" | ")}`;
  });
}

const texts = new WeakMap<object, string>();

/** Many tables share their parts. */
function once(key: object, print: () => string): string {
  const text = texts.get(key) ?? print();
  texts.set(key, text);
  return text;
}
