import { expect, test } from "@jest/globals";
import { giveHashedSlots } from "../../../../src/compile/lower/nftables/hashed-slots.ts";
import { clientParts, mostHashed } from "../../../../src/compile/plan/balancing.ts";
import { times } from "../../../support/thorough.ts";

/** With all of them, this takes seconds. */
const step = times(17, 1);
const counts = Array.from({ length: mostHashed - 1 }, (_, index) => index + 2).filter((count) => count % step === 0);

function names(count: number, first: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `10.244.${first}.${index + 1} 8080`);
}

/** The endpoint of each slot. */
function table(list: readonly string[]): readonly string[] {
  const slots: string[] = [];
  let gifts = 0;
  giveHashedSlots(
    list.length,
    (place) => list[place] ?? "",
    (slot, place) => {
      gifts += 1;
      slots[slot] = list[place] ?? "";
    },
  );
  expect(gifts).toBe(clientParts);
  return slots;
}

function largestShare(slots: readonly string[], count: number): number {
  const loads = Map.groupBy(slots, (name) => name);
  return (Math.max(...Array.from(loads.values(), ({ length }) => length)) * count) / slots.length;
}

/** The part of the other clients that move, when one endpoint is in only one of two tables. */
function moved(without: readonly string[], withOne: readonly string[], one: string): number {
  const others = withOne.filter((name) => name !== one).length;
  return without.filter((name, slot) => withOne[slot] !== one && withOne[slot] !== name).length / others;
}

test("A-21 no endpoint has too many clients, and hardly any other client moves when one comes or goes", () => {
  const parts: number[] = [];
  for (const count of counts) {
    const list = names(count, 0);
    const withOne = table(list);
    expect(withOne).toHaveLength(clientParts);
    const one = list[(count * 7) % count] ?? "";
    const without = table(list.filter((name) => name !== one));
    for (const [slots, endpoints] of [
      [withOne, count],
      [without, count - 1],
    ] as const)
      expect(largestShare(slots, endpoints)).toBeLessThanOrEqual(1.3);
    parts.push(moved(without, withOne, one));
  }
  expect(Math.max(...parts)).toBeLessThanOrEqual(0.025);
  expect(parts.reduce((sum, part) => sum + part, 0) / parts.length).toBeLessThanOrEqual(0.01);
});

test("A-20 the table depends on the set of endpoints alone", () => {
  const list = names(20, 0);
  expect(table(list.toReversed())).toEqual(table(list));
  expect(table(["10.244.0.1 8080"])).toEqual(Array(clientParts).fill("10.244.0.1 8080"));
});
