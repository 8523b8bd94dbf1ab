import type { Family } from "../model/address.ts";
import { printHook, printRule } from "./print-rule.ts";
import { printElement, printElements, printTuple, setDeclaration, setKind } from "./print-set.ts";
import { type Chain, type Element, tableName } from "./ruleset.ts";
import type { Command, Transaction } from "./transaction.ts";

/** The text of transactions for `nft -f`, which applies all or nothing; empty if there is nothing to do. */
export function printTransactions(transactions: readonly Transaction[]): string {
  return transactions
    .flatMap(({ family, commands }) => commands.map((command) => printCommand(family, command)))
    .join("");
}

/** A line of a transaction, and the service port whose elements it adds or deletes. */
export type OwnedLine = { readonly text: string; readonly owner: string | undefined };

/**
 * The text of a transaction in lines that are about one service port each, or none: if nft rejects lines, this shows
 * whose they are. nft takes longer for it than for the text of `printTransactions`.
 *
 * nft joins consecutive commands that add to the same set, and reports an error for only one of them. So a command that
 * changes nothing is put between them. nft reports up to ten of its own errors, and all errors of the kernel.
 */
export function printOwnedLines({ family, commands }: Transaction): readonly OwnedLine[] {
  const nothing: OwnedLine = { text: printCommand(family, { kind: "addTable" }), owner: undefined };
  return commands.flatMap((command) => {
    // Deleting harms nobody: if that is rejected, the table is not in the expected state.
    const parts = command.kind === "addElements" ? elementsByOwner(command) : [{ command, owner: undefined }];
    return parts.flatMap(({ command: part, owner }) =>
      printCommand(family, part)
        .split(/(?<=\n)/)
        .filter((text) => text !== "")
        .flatMap((text) => (owner === undefined ? [{ text, owner }] : [nothing, { text, owner }])),
    );
  });
}

function elementsByOwner(command: Extract<Command, { readonly kind: "addElements" | "deleteElements" }>) {
  const byOwner = new Map<string | undefined, Element[]>();
  for (const element of command.elements) {
    const elements = byOwner.get(element.owner);
    if (elements) elements.push(element);
    else byOwner.set(element.owner, [element]);
  }
  return [...byOwner].map(([owner, elements]) => ({ command: { ...command, elements }, owner }));
}

function printCommand(family: Family, command: Command): string {
  const table = `${family} ${tableName}`;
  switch (command.kind) {
    case "addTable":
      return `add table ${table}\n`;
    case "deleteTable":
      return `delete table ${table}\n`;
    case "addSet": {
      const { set } = command;
      return `add ${setKind(set)} ${table} ${set.name} { ${setDeclaration(family, set).join(" ")} }\n`;
    }
    case "flushSet":
      return `flush ${setKind(command.set)} ${table} ${command.set.name}\n`;
    case "deleteSet":
      return `delete ${setKind(command.set)} ${table} ${command.set.name}\n`;
    case "addChain":
      return `add chain ${table} ${command.chain.name}${printBase(command.chain)}\n`;
    case "flushChain":
      return `flush chain ${table} ${command.chain.name}\n`;
    case "deleteChain":
      return `delete chain ${table} ${command.chain.name}\n`;
    case "addRules":
      return command.chain.rules
        .map((rule) => `add rule ${table} ${command.chain.name} ${printRule(family, rule)}\n`)
        .join("");
    case "addElements":
      return printElements(family, "add", command.set, command.elements, (element) =>
        printElement(command.set, element),
      );
    case "deleteElements":
      return printElements(family, "delete", command.set, command.elements, ({ key }) => printTuple(key));
  }
}

function printBase({ hook }: Chain): string {
  return hook === undefined ? "" : ` { ${printHook(hook)}; }`;
}
