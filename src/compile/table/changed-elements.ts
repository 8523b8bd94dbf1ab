import type { Element } from "../../nft/ruleset.ts";
import { isSameValue } from "../../nft/transaction.ts";

/**
 * The elements that only one of two lists has. Where both have the same ones in the same order but for a few, it costs a
 * comparison of each. An element may be in both results; then it stays.
 */
export function changedElements(
  before: readonly Element[],
  after: readonly Element[],
): { readonly removed: readonly Element[]; readonly added: readonly Element[] } {
  const removed: Element[] = [];
  const added: Element[] = [];
  let [old, current] = [0, 0];
  while (old < before.length || current < after.length) {
    const [gone, come] = [before[old], after[current]];
    if (areSame(gone, come)) {
      old += 1;
      current += 1;
      continue;
    }
    const isAdded = gone === undefined || areSame(gone, after[current + 1]);
    const isRemoved = come === undefined || areSame(before[old + 1], come);
    if (gone !== undefined && (isRemoved || !isAdded)) {
      removed.push(gone);
      old += 1;
    }
    if (come !== undefined && (isAdded || !isRemoved)) {
      added.push(come);
      current += 1;
    }
  }
  return { removed, added };
}

function areSame(a: Element | undefined, b: Element | undefined): boolean {
  if (a === undefined || b === undefined || a.owner !== b.owner || a.key.length !== b.key.length) return false;
  return a.key.every((part, at) => part === b.key[at]) && isSameValue(a.value, b.value);
}
