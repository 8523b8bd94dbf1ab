import { expect, test } from "@jest/globals";
import { SetAside } from "../../../src/daemon/table/set-aside.ts";

test("the pauses of a Service that is refused again and again grow from 30 s to 10 min, with jitter", () => {
  const pauses = (random: number) => {
    const setAside = new SetAside(() => random);
    return Array.from({ length: 7 }, () => setAside.add("default/web").pause / 1000);
  };
  expect(pauses(1)).toEqual([30, 60, 120, 240, 480, 600, 600]);
  expect(pauses(0)[0]).toBe(15);
});

test("a Service waits until it is tried, whatever the clock says", () => {
  const setAside = new SetAside(Math.random);
  const { stillWaits } = setAside.add("default/web");
  expect(stillWaits()).toBe(true);
  setAside.tryAgain("default/web");
  expect(stillWaits()).toBe(false);
});

test("a Service that was refused anew meanwhile waits for its new pause", () => {
  const setAside = new SetAside(Math.random);
  const first = setAside.add("default/web");
  setAside.tryAgain("default/web");
  const second = setAside.add("default/web");
  expect(first.stillWaits()).toBe(false);
  expect(second.stillWaits()).toBe(true);
});

test("those that took part in a transaction that went well are restored, once", () => {
  const setAside = new SetAside(Math.random);
  setAside.add("default/web");
  const { stillWaits } = setAside.add("default/db");
  setAside.tryAgain("default/web");
  setAside.tryAgain("default/other");
  expect(setAside.takeRestored()).toEqual(["default/web"]);
  expect(setAside.takeRestored()).toEqual([]);
  expect(stillWaits()).toBe(true);
});
