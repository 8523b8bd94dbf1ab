import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { changedElements } from "../../../src/compile/table/changed-elements.ts";
import type { Element } from "../../../src/nft/ruleset.ts";

const element = (slot: number, target = slot): Element => ({
  key: ["10.96.0.1", 80, slot],
  value: [`10.244.0.${target}`, 8080],
  owner: "default/web",
});

/** Elements by their slots, as the kernel has them. */
const bySlot = (elements: readonly Element[]) => new Map(elements.map((each) => [each.key.at(-1), each]));

test("without what is removed and with what is added, the one list is the other", () => {
  const lists = fc.uniqueArray(fc.tuple(fc.nat(12), fc.nat(3)), { selector: ([slot]) => slot, maxLength: 10 });
  fc.assert(
    fc.property(lists, lists, (from, to) => {
      const [before, after] = [from, to].map((list) => list.map(([slot, target]) => element(slot, target)));
      const { removed, added } = changedElements(before ?? [], after ?? []);
      const result = bySlot(before ?? []);
      for (const each of removed) expect(result.delete(each.key.at(-1))).toBe(true);
      for (const each of added) result.set(each.key.at(-1), each);
      expect(result).toEqual(bySlot(after ?? []));
    }),
  );
});

const long = Array.from({ length: 100 }, (_, slot) => element(slot));

test.each([
  { what: "nothing", after: long, removed: [], added: [] },
  { what: "one that goes", after: long.toSpliced(40, 1), removed: [40], added: [] },
  { what: "one that comes", after: long.toSpliced(40, 0, element(200)), removed: [], added: [200] },
  { what: "one that has another target", after: long.with(40, element(40, 7)), removed: [40], added: [40] },
  { what: "the last", after: long.slice(0, -1), removed: [99], added: [] },
])("of two long lists, only what differs is found: $what", ({ after, removed, added }) => {
  const slots = (elements: readonly Element[]) => elements.map(({ key }) => key.at(-1));
  const found = changedElements(long, after);
  expect([slots(found.removed), slots(found.added)]).toEqual([removed, added]);
});
