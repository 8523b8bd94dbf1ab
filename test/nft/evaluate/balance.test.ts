import { expect, test } from "@jest/globals";
import { compile } from "../../../src/compile/compile.ts";
import { shortCircuitOffset } from "../../../src/compile/lower/nftables/shape.ts";
import { listSize, tries } from "../../../src/compile/lower/nftables/slots.ts";
import { evaluator } from "../../../src/nft/evaluate/evaluate.ts";
import { fraction, fractionText, plus, times } from "../../../src/nft/evaluate/fraction.ts";
import { type Found, type Outcome, possibilities } from "../../../src/nft/evaluate/outcome.ts";
import type { ElementTuple } from "../../../src/nft/ruleset.ts";
import { endpoint, service, slice } from "../../compile/values.ts";
import { fixtureNames } from "../../golden/fixture.ts";
import { state } from "../../packets/state.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { nodeAddress, packetsToFrontends } from "./packets.ts";

const hashed = ["session-affinity-ipv6-hash", "source-hash", "source-hash-port"];

test("each of n endpoints in a list is chosen with probability 1/n", async () => {
  let lists = 0;
  // Where clients are hashed, each has one endpoint only.
  for (const fixture of fixtureNames.filter((name) => !hashed.includes(name))) {
    for (const table of await state(fixture, "remember")) {
      const evaluate = evaluator(table, new Set([nodeAddress(table)]));
      for (const packet of packetsToFrontends(table)) {
        const chosen = evaluate(packet).flatMap((outcome) => {
          const endpoint = endpointFound(outcome);
          return endpoint ? [{ ...endpoint, share: fractionText(outcome.probability) }] : [];
        });
        const [first] = chosen;
        if (first === undefined) continue;
        lists += 1;
        const list = table.sets.get(first.set)?.elements.filter(({ key }) => listOf(key) === listOf(first.element.key));
        const share = fractionText(fraction(1, list?.length ?? 0));
        expect({ fixture, packet, chosen }).toEqual({
          fixture,
          packet,
          chosen: list?.map((element) => ({ set: first.set, element, share })),
        });
      }
    }
  }
  expect(lists).toBeGreaterThan(300);
});

test.each([1, 2, 16, 17, 18, 100, 500])(
  "of %d endpoints, each has the share that the room in the list lets it have",
  (length) => {
    const endpoints = Array.from({ length }, (_, index) => endpoint(`10.244.${index >> 8}.${index & 255}`));
    const cluster = { services: [service()], endpointSlices: [slice(endpoints)], nodes: [], serviceCIDRs: [] };
    const [table] = compile(cluster, settings).ruleset;
    const [packet] = table ? packetsToFrontends(table) : [];
    const found = table && packet ? possibilities(evaluator(table, new Set())(packet)) : [];
    const shares = found.map(({ probability }) => fractionText(probability)).sort();
    const size = listSize(length);
    const afterMisses = (count: number) =>
      fraction(BigInt(size - length) ** BigInt(count), BigInt(size) ** BigInt(count));
    const share = Array.from({ length: tries }, (_, misses) => times(afterMisses(misses), fraction(1, size))).reduce(
      plus,
    );
    const shareOfLast = plus(share, afterMisses(tries));
    expect(shares).toEqual([...Array.from({ length: length - 1 }, () => share), shareOfLast].map(fractionText).sort());
  },
);

/** The element that gave a packet its endpoint. */
function endpointFound({ steps }: Outcome): Found | undefined {
  return steps.flatMap(({ found }) => found).find(({ set }) => /^(node-port-)?endpoints-/.test(set));
}

/** What the elements of a list have in common: the frontend, and which of its two lists it is. */
function listOf(key: ElementTuple): string {
  return [...key.slice(0, -1), Number(key.at(-1)) < shortCircuitOffset].join();
}
