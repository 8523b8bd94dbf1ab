import { printRule } from "../../../src/nft/print-rule.ts";
import { printElementValue, printTuple } from "../../../src/nft/print-set.ts";
import type { Rule, Statement } from "../../../src/nft/rule.ts";
import type { Chain, Element, NamedSet, Table } from "../../../src/nft/ruleset.ts";

/** A table with one fault. */
export type Mutant = { readonly fault: string; readonly table: Table };

/** Every table that differs from another by an element or a rule that is missing, wrong, or swapped. */
export function* mutants(table: Table): Generator<Mutant> {
  for (const set of table.sets.values()) {
    if (set.flag === "dynamic") continue;
    for (const [index, element] of set.elements.entries()) {
      const text = `${printTuple(element.key)} of ${set.name}`;
      yield { fault: `without ${text}`, table: withElements(table, set, set.elements.toSpliced(index, 1)) };
      for (const value of otherValues(set, element)) {
        const wrong = { ...element, value };
        const fault = `${text} is ${printElementValue(wrong)}`;
        yield { fault, table: withElements(table, set, set.elements.with(index, wrong)) };
      }
    }
  }
  for (const chain of table.chains.values()) {
    for (const [index, rule] of chain.rules.entries()) {
      const text = `rule ${index} of ${chain.name}, ${printRule(table.family, rule)}`;
      yield { fault: `without ${text}`, table: withRules(table, chain, chain.rules.toSpliced(index, 1)) };
      const next = chain.rules[index + 1];
      if (next !== undefined) {
        const swapped = chain.rules.with(index, next).with(index + 1, rule);
        yield { fault: `${text} after the next`, table: withRules(table, chain, swapped) };
      }
      for (const wrong of otherRules(rule)) {
        const fault = `${text} is ${printRule(table.family, wrong)}`;
        yield { fault, table: withRules(table, chain, chain.rules.with(index, wrong)) };
      }
    }
  }
}

function otherValues(set: NamedSet, { value }: Element): readonly NonNullable<Element["value"]>[] {
  const text = JSON.stringify(value);
  const other = set.elements.find((each) => each.value !== undefined && JSON.stringify(each.value) !== text)?.value;
  return other === undefined ? [] : [other];
}

/** The rule with one match less, or with the opposite of one. */
function otherRules(rule: Rule): readonly Rule[] {
  return rule.flatMap((statement, index): readonly Rule[] => {
    const less = rule.length > 1 && isMatch(statement) ? [rule.toSpliced(index, 1)] : [];
    return "not" in statement ? [...less, rule.with(index, { ...statement, not: !statement.not })] : less;
  });
}

function isMatch({ kind }: Statement): boolean {
  return kind === "member" || kind === "setMark" || kind === "clearMark" || kind === "ctStatus" || kind === "fib";
}

function withElements(table: Table, set: NamedSet, elements: readonly Element[]): Table {
  return { ...table, sets: new Map([...table.sets, [set.name, { ...set, elements }]]) };
}

function withRules(table: Table, chain: Chain, rules: readonly Rule[]): Table {
  return { ...table, chains: new Map([...table.chains, [chain.name, { ...chain, rules }]]) };
}
