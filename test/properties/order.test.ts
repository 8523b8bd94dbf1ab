import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../src/compile/compile.ts";
import type { Cluster } from "../../src/model/cluster.ts";
import { type Endpoints, orderedEndpoints } from "../../src/model/endpoints.ts";
import { serviceKey } from "../../src/model/service.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { endpointList } from "../compile/values.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice } from "../support/arbitrary-cluster.ts";
import { times } from "../support/thorough.ts";

test("shuffled input gives equal bytes and equal problems (B-050, B-173, W-17, W-18)", () => {
  const clusters = fc.record({
    services: fc.uniqueArray(arbitraryService, { selector: serviceKey, maxLength: 8 }),
    endpointSlices: fc.uniqueArray(arbitrarySlice, { selector: ({ namespace, name }) => `${namespace}/${name}` }),
  });
  fc.assert(
    fc.property(clusters, arbitrarySettings, fc.infiniteStream(fc.nat()), (cluster, settings, random) => {
      const ordered: Cluster = { ...cluster, nodes: [], serviceCIDRs: [] };
      const shuffled = shuffle(ordered, random);
      const first = compile(ordered, settings);
      const second = compile(shuffled, settings);
      expect(printRuleset(second.ruleset)).toBe(printRuleset(first.ruleset));
      expect(second.problems).toEqual(first.problems);
    }),
    { numRuns: times(200, 2500) },
  );
});

function isEndpoints(value: object): value is Endpoints {
  return "addresses" in value && "states" in value;
}

/** The same value with the elements of each list, at any depth, in another order. */
function shuffle<T>(value: T, random: Iterator<number>): T;
function shuffle(value: unknown, random: Iterator<number>): unknown {
  if (Array.isArray(value)) {
    const keyed = value.map((item: unknown) => ({ order: Number(random.next().value), item: shuffle(item, random) }));
    return keyed.sort((a, b) => a.order - b.order).map(({ item }) => item);
  }
  if (typeof value !== "object" || value === null) return value;
  // Endpoints in another order are those of the same slice that was written in another order.
  if (isEndpoints(value)) return orderedEndpoints(shuffle(endpointList(value), random));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [name, shuffle(item, random)]),
  );
}
