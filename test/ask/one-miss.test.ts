import { expect, test } from "@jest/globals";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import type { Outcome } from "../../src/nft/evaluate/outcome.ts";
import { fixtureNames } from "../golden/fixture.ts";
import { nodeAddress, packetsToFrontends } from "../nft/evaluate/packets.ts";
import { state } from "../packets/state.ts";
import { oneMiss } from "./one-miss.ts";

/** A client of a sticky frontend may lose a packet, which it sends again; nobody else does. */
test("whatever one lookup misses, a packet to a frontend with endpoints goes to one of them", async () => {
  let misses = 0;
  for (const fixture of fixtureNames) {
    for (const table of await state(fixture, "remember")) {
      const evaluate = evaluator(table, new Set([nodeAddress(table)]));
      for (const packet of packetsToFrontends(table)) {
        const usual = evaluate(packet);
        if (!usual.every(isTranslated)) continue;
        const isSticky = usual.some(({ effects }) => effects.length > 0);
        for (const { missed, outcomes } of oneMiss(evaluate, packet)) {
          misses += 1;
          const results = outcomes.filter((outcome) => !isTranslated(outcome)).map(({ result }) => result);
          const wrong = results.filter(({ kind }) => !(isSticky && kind === "dropped"));
          expect({ fixture, packet, missed, wrong }).toEqual({ fixture, packet, missed, wrong: [] });
        }
      }
    }
  }
  expect(misses).toBeGreaterThan(2000);
});

test("whatever one lookup misses, a packet that is refused or dropped does not pass untouched", async () => {
  let misses = 0;
  for (const fixture of fixtureNames) {
    for (const table of await state(fixture, "remember")) {
      const evaluate = evaluator(table, new Set([nodeAddress(table)]));
      for (const packet of packetsToFrontends(table)) {
        if (!evaluate(packet).every(({ result }) => result.kind !== "accepted")) continue;
        for (const { missed, outcomes } of oneMiss(evaluate, packet)) {
          misses += 1;
          const untouched = outcomes.filter(
            (outcome) => outcome.result.kind === "accepted" && outcome.result.endpoint === undefined,
          );
          expect({ fixture, packet, missed, untouched }).toEqual({ fixture, packet, missed, untouched: [] });
        }
      }
    }
  }
  expect(misses).toBeGreaterThan(20);
});

function isTranslated({ result }: Outcome): boolean {
  return result.kind === "accepted" && result.endpoint !== undefined;
}
