import type { Evaluator } from "../../src/nft/evaluate/evaluate.ts";
import type { Given, Lookup } from "../../src/nft/evaluate/lookup.ts";
import type { Outcome } from "../../src/nft/evaluate/outcome.ts";
import type { Packet } from "../../src/nft/evaluate/packet.ts";
import { printTuple } from "../../src/nft/print-set.ts";
import { times } from "../support/thorough.ts";

type OneMiss = { readonly missed: Lookup; readonly outcomes: readonly Outcome[] };

/**
 * The outcomes for a packet if one lookup misses the element that it should find, for each lookup in turn.
 *
 * During a transaction, a packet may pass the old rules and find the new elements; on kernels before 6.17 it may
 * also miss an element that is being replaced. Of more than 50 lookups, as of a table of hashed clients, a spread is tried.
 */
export function oneMiss(evaluate: Evaluator, packet: Packet, given: Given = {}): readonly OneMiss[] {
  const lookups = new Map<string, Lookup>();
  for (const { steps } of evaluate(packet, given)) {
    for (const { chain, index, found } of steps) {
      for (const each of found) {
        const lookup = { ...each, chain: chain.name, index };
        lookups.set(nameOf(lookup), lookup);
      }
    }
  }
  const step = Math.ceil(lookups.size / times(50, lookups.size));
  const tried = [...lookups].filter((_, index) => index % step === 0);
  return tried.map(([name, missed]) => {
    const isMissed = (lookup: Lookup) => lookup.set === missed.set && nameOf(lookup) === name;
    return { missed, outcomes: evaluate(packet, { ...given, isMissed }) };
  });
}

function nameOf({ chain, index, set, element }: Lookup): string {
  return `${chain} ${index} ${set} ${printTuple(element.key)}`;
}
