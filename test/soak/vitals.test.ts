import { expect, test } from "@jest/globals";
import { growth, type Sample } from "./vitals.ts";

/** A sample each second of an agent's life. */
function life(seconds: number, each: (second: number) => Partial<Sample>, pid = 7): readonly Sample[] {
  return Array.from({ length: seconds }, (_, second) => ({
    ...{ at: second * 1000, pid, isCalm: true, memory: 200, descriptors: 26, processes: 2 },
    ...each(second),
  }));
}

function tooMuch(samples: readonly Sample[]): readonly string[] {
  return growth(samples).flatMap(({ what, isTooMuch }) => (isTooMuch ? [what] : []));
}

test("garbage, and short-lived programs, are not growth", () => {
  const busy = life(300, (second) => ({ memory: 180 + ((second * 37) % 200), processes: 2 + (second % 3) }));
  expect(growth(busy)).toHaveLength(3);
  expect(tooMuch(busy)).toEqual([]);
});

test.each([
  ["memory", (second: number) => ({ memory: 200 + second })],
  ["descriptors", (second: number) => ({ descriptors: 26 + Math.floor(second / 20) })],
  ["processes", (second: number) => ({ processes: second > 150 ? 3 : 2 })],
] as const)("what stays is: %s", (what, each) => {
  expect(tooMuch(life(300, each))).toEqual([what]);
});

test("an agent may use as much memory again as at its start, and each agent counts separately", () => {
  const light = life(300, () => ({ memory: 100 }), 6);
  const heavy = life(60, (second) => ({ memory: second === 3 || second > 30 ? 300 : 200 }));
  expect(tooMuch([...light, ...heavy])).toEqual([]);
  expect(growth([...light, ...heavy])).toContainEqual({ what: "memory", early: 300, late: 300, isTooMuch: false });
});

test("what is open or running during a disturbance never counts", () => {
  const start = life(30, () => ({ isCalm: false, descriptors: 15, processes: 1 }));
  const end = life(30, () => ({ isCalm: false, descriptors: 50, processes: 9 }));
  expect(tooMuch([...start, ...life(60, () => ({})), ...end])).toEqual([]);
});

test("what earlier agents left behind is growth, too", () => {
  const former = life(100, () => ({}), 6);
  expect(tooMuch([...former, ...life(60, () => ({ processes: 3 }))])).toEqual(["processes"]);
});

test("an agent that has just started says nothing about growth", () => {
  expect(growth(life(14, () => ({})))).toEqual([]);
  expect(growth([])).toEqual([]);
});
