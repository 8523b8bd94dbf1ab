import type { Transaction } from "./transaction.ts";

/** How many of each a transaction adds, deletes or writes anew. */
export type ChangeCounts = { readonly chains: number; readonly sets: number; readonly elements: number };

export function changeCounts({ commands }: Transaction): ChangeCounts {
  const chains = new Set<string>();
  const sets = new Set<string>();
  let elements = 0;
  for (const command of commands) {
    switch (command.kind) {
      case "addTable":
      case "deleteTable":
        break;
      case "addSet":
      case "flushSet":
      case "deleteSet":
        sets.add(command.set.name);
        break;
      case "addChain":
      case "flushChain":
      case "deleteChain":
      case "addRules":
        chains.add(command.chain.name);
        break;
      case "addElements":
      case "deleteElements":
        elements += command.elements.length;
        break;
    }
  }
  return { chains: chains.size, sets: sets.size, elements };
}
