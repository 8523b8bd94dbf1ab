import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  endpointRange,
  giveSlots,
  lastSlot,
  listSize,
  longestExact,
  neighbours,
  tries,
} from "../../../../src/compile/lower/nftables/slots.ts";

function names(count: number, first = 0): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `10.${(first + index) >> 16}.${((first + index) >> 8) & 255}.${(first + index) & 255} 8080`,
  );
}

/** Slot and place in the list. */
function placesOf(list: readonly string[]): readonly (readonly [slot: number, place: number])[] {
  const places: (readonly [number, number])[] = [];
  giveSlots(
    list.length,
    (place) => list[place] ?? "",
    (slot, place) => places.push([slot, place]),
  );
  return places;
}

/** Slot to name. */
function table(list: readonly string[]): ReadonlyMap<number, string> {
  return new Map(placesOf(list).map(([slot, place]) => [slot, list[place] ?? ""]));
}

/** How many elements an update of one table to another removes or adds; one with another value is both. */
function changes(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): number {
  const gone = [...before].filter(([slot, name]) => after.get(slot) !== name).length;
  return gone + [...after].filter(([slot, name]) => before.get(slot) !== name).length;
}

test.each([0, 1, 2, 16])("a list of %d is exact", (count) => {
  expect([...table(names(count))]).toEqual(names(count).map((name, index) => [index, name]));
  expect(listSize(count)).toBe(count);
});

test.each([17, 18, 19, 100, 1000, 3000])(
  "a list of %d has room, holds each endpoint once, and the last slot",
  (count) => {
    const [size, places] = [listSize(count), placesOf(names(count))];
    const slots = places.map(([slot]) => slot);
    expect(new Set(slots).size).toBe(count + 1);
    expect(new Set(places.slice(0, -1).map(([, endpoint]) => endpoint)).size).toBe(count);
    expect(Math.max(...slots.slice(0, -1))).toBeLessThan(size);
    expect(slots.at(-1)).toBe(lastSlot);
    expect(count / size).toBeLessThanOrEqual(0.8);
    // So seldom all tries meet empty slots.
    expect((1 - count / size) ** tries).toBeLessThan(0.005);
    const [least, most] = endpointRange(size);
    expect(count).toBeGreaterThanOrEqual(least);
    expect(count).toBeLessThanOrEqual(most);
  },
);

test("the order of endpoints makes no difference above 16", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 17, maxLength: 60 }), (numbers) => {
      const list = numbers.flatMap((number) => names(1, number));
      const sorted = (map: ReadonlyMap<number, string>) => [...map].sort(([a], [b]) => a - b);
      expect(sorted(table(list.toReversed()))).toEqual(sorted(table(list)));
    }),
  );
});

test.each([20, 100, 1000, 3000])("one of %d endpoints that goes, or comes back, moves next to nothing", (count) => {
  const all = names(count);
  const whole = table(all);
  const counts = all.slice(0, 100).flatMap((name) => {
    const rest = all.filter((each) => each !== name);
    return listSize(rest.length) === listSize(count) ? [changes(whole, table(rest))] : [];
  });
  expect(counts.length).toBeGreaterThan(0);
  expect(counts.reduce((sum, each) => sum + each, 0) / counts.length).toBeLessThan(5);
  expect(Math.max(...counts)).toBeLessThanOrEqual(12);
});

test("sizes grow by a quarter, and each knows its neighbours", () => {
  const series = [23, 29, 37, 47, 59, 71];
  expect([17, 19, 24, 30, 38, 48].map(listSize)).toEqual(series);
  expect(neighbours(37)).toEqual([29, 37, 47]);
  expect(neighbours(longestExact)).toEqual([]);
  expect(listSize(100_000)).toBeGreaterThanOrEqual(125_000);
});
