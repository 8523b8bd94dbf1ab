import type { Family } from "../../src/model/address.ts";
import { isReadable } from "../../src/netlink/element-dump.ts";
import { printElementValue, printTuple } from "../../src/nft/print-set.ts";
import type { Rule } from "../../src/nft/rule.ts";
import { type Chain, type Element, type NamedSet, type Table, tableName } from "../../src/nft/ruleset.ts";
import type { Command, KnownTable, Transaction } from "../../src/nft/transaction.ts";

type FakeSet = { readonly set: NamedSet; readonly elements: Map<string, Element> };
type FakeTable = { readonly sets: Map<string, FakeSet>; readonly chains: Map<string, Chain> };

/**
 * Tables in memory that change by transactions as in the kernel: all or nothing, and what the kernel refuses is refused
 * here.
 */
export class FakeKernel {
  #tables = new Map<Family, FakeTable>();

  /** Throws, and changes nothing, if a command fails. */
  commit(transactions: readonly Transaction[]): void {
    const tables = new Map([...this.#tables].map(([family, table]) => [family, copy(table)]));
    for (const { family, commands } of transactions) {
      for (const command of commands) run(tables, family, command);
    }
    for (const [family, table] of tables) assertWhole(family, table);
    this.#tables = tables;
  }

  /** Another kernel with the same tables. */
  copy(): FakeKernel {
    const kernel = new FakeKernel();
    kernel.#tables = this.#tables;
    return kernel;
  }

  /** Another program's `nft flush ruleset`. */
  flushRuleset(): void {
    this.#tables.clear();
  }

  table(family: Family): Table | undefined {
    const table = this.#tables.get(family);
    if (table === undefined) return undefined;
    const sets = [...table.sets].map(([name, { set, elements }]): [string, NamedSet] => [
      name,
      { ...set, elements: [...elements.values()] },
    ]);
    return { family, sets: new Map(sets), chains: table.chains };
  }
}

/** What reading a table reveals; as little as possible for elements that cannot be read. */
export function knownOf({ family, sets, chains }: Table, canRead = true): KnownTable {
  const isRead = (set: NamedSet) => canRead && isReadable(set);
  return {
    family,
    sets: new Map([...sets].map(([name, set]) => [name, isRead(set) ? set : { ...set, elements: [] }])),
    chains: new Map([...chains].map(([name, each]) => [name, { ...each, rules: [] }])),
    unread: new Set([...sets.values()].flatMap((set) => (isRead(set) ? [] : [set.name]))),
  };
}

function copy({ sets, chains }: FakeTable): FakeTable {
  return {
    sets: new Map([...sets].map(([name, { set, elements }]) => [name, { set, elements: new Map(elements) }])),
    chains: new Map(chains),
  };
}

function run(tables: Map<Family, FakeTable>, family: Family, command: Command): void {
  const table = tables.get(family) ?? { sets: new Map(), chains: new Map() };
  if (command.kind !== "addTable" && !tables.has(family)) fail(`there is no table ${family} ${tableName}`);
  const chain = (name: string) => table.chains.get(name) ?? fail(`there is no chain ${name}`);
  const set = (name: string) => table.sets.get(name) ?? fail(`there is no set ${name}`);
  switch (command.kind) {
    case "addTable":
      tables.set(family, table);
      return;
    case "deleteTable":
      tables.delete(family);
      return;
    case "addSet":
      if (table.sets.has(command.set.name)) fail(`set ${command.set.name} exists`);
      table.sets.set(command.set.name, { set: command.set, elements: new Map() });
      return;
    case "flushSet":
      set(command.set.name).elements.clear();
      return;
    case "deleteSet":
      set(command.set.name);
      if (users(table, command.set.name) > 0) fail(`set ${command.set.name} is in use`);
      table.sets.delete(command.set.name);
      return;
    case "addChain":
      if (table.chains.has(command.chain.name)) fail(`chain ${command.chain.name} exists`);
      table.chains.set(command.chain.name, { ...command.chain, rules: [] });
      return;
    case "flushChain":
      table.chains.set(command.chain.name, { ...chain(command.chain.name), rules: [] });
      return;
    case "deleteChain":
      if (chain(command.chain.name).rules.length > 0) fail(`chain ${command.chain.name} has rules`);
      if (jumps(table, command.chain.name) > 0) fail(`chain ${command.chain.name} is in use`);
      table.chains.delete(command.chain.name);
      return;
    case "addRules": {
      const existing = chain(command.chain.name);
      table.chains.set(existing.name, { ...existing, rules: [...existing.rules, ...command.chain.rules] });
      return;
    }
    case "addElements": {
      const { elements } = set(command.set.name);
      for (const element of command.elements) {
        const key = printTuple(element.key);
        if (elements.has(key)) fail(`element ${key} of ${command.set.name} exists`);
        elements.set(key, element);
      }
      return;
    }
    case "deleteElements": {
      const { elements } = set(command.set.name);
      for (const { key } of command.elements) {
        if (!elements.delete(printTuple(key))) fail(`there is no element ${printTuple(key)} in ${command.set.name}`);
      }
    }
  }
}

/** After a transaction, nothing may refer to something that does not exist. */
function assertWhole(family: Family, { sets, chains }: FakeTable): void {
  for (const { name, rules } of chains.values()) {
    for (const statement of rules.flat()) {
      if ("chain" in statement && !chains.has(statement.chain))
        fail(`${family} ${name} jumps to no chain ${statement.chain}`);
      for (const set of setsOf([statement])) if (!sets.has(set)) fail(`${family} ${name} names no set ${set}`);
    }
  }
  for (const { set, elements } of sets.values()) {
    for (const element of elements.values()) {
      if (element.value && "chain" in element.value && !chains.has(element.value.chain)) {
        fail(`${family} ${set.name} ${printTuple(element.key)} leads to no ${printElementValue(element)}`);
      }
    }
  }
}

function users(table: FakeTable, set: string): number {
  return [...table.chains.values()].filter(({ rules }) => rules.some((rule) => setsOf(rule).includes(set))).length;
}

function jumps({ sets, chains }: FakeTable, chain: string): number {
  const rules = [...chains.values()].flatMap(({ rules }) => rules.flat());
  const elements = [...sets.values()].flatMap(({ elements }) => [...elements.values()]);
  return (
    rules.filter((statement) => "chain" in statement && statement.chain === chain).length +
    elements.filter(({ value }) => value && "chain" in value && value.chain === chain).length
  );
}

function setsOf(rule: Rule): readonly string[] {
  return rule.flatMap((statement) =>
    "set" in statement ? [statement.set] : "map" in statement ? [statement.map] : [],
  );
}

function fail(message: string): never {
  throw new Error(message);
}
