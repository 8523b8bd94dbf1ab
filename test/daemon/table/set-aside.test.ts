import { expect, test } from "@jest/globals";
import { neverAborted } from "../../../src/daemon/coalescer.ts";
import { SetAside } from "../../../src/daemon/table/set-aside.ts";
import { FakeClock } from "../../support/fake-clock.ts";

function scene(random = 0.5) {
  const clock = new FakeClock();
  const due: string[] = [];
  const setAside = new SetAside<string>({ clock, random: () => random, onDue: (name) => due.push(name) });
  const add = (name: string, isCostly = false) => setAside.add(name, isCostly, neverAborted);
  const choose = (...names: readonly string[]) => setAside.choose(names, (name) => name === "gone");
  return { clock, due, setAside, add, choose };
}

test("the pauses of a Service that is refused again and again grow from 30 s to 10 min, with jitter", () => {
  const pauses = (random: number) => {
    const { add } = scene(random);
    return Array.from({ length: 7 }, () => add("default/web") / 1000);
  };
  expect(pauses(1)).toEqual([30, 60, 120, 240, 480, 600, 600]);
  expect(pauses(0)[0]).toBe(15);
});

test("a Service is due when its pause is over, unless it was tried before", async () => {
  const { clock, due, setAside, add } = scene();
  add("default/web");
  add("default/db");
  setAside.tryAgain("default/db");
  await clock.advance();
  await clock.advance();
  expect(due).toEqual(["default/web"]);
});

test("a Service that was refused again meanwhile waits for its new pause", async () => {
  const { clock, due, setAside, add } = scene();
  add("default/web");
  setAside.tryAgain("default/web");
  add("default/web");
  await clock.advance();
  expect(due).toEqual([]);
  await clock.advance();
  expect(due).toEqual(["default/web"]);
});

test("those that took part in a successful transaction are restored, once", () => {
  const { setAside, add } = scene();
  add("default/web");
  add("default/db");
  setAside.tryAgain("default/web");
  setAside.tryAgain("default/other");
  expect(setAside.takeRestored()).toEqual(["default/web"]);
  expect(setAside.takeRestored()).toEqual([]);
  expect([...setAside.waiting]).toEqual(["default/db"]);
});

test("a costly one is not tried when it changes, but alone when it is due, or when it is deleted", async () => {
  const { clock, setAside, add, choose } = scene();
  for (const name of ["a", "b", "gone"]) add(name, true);
  add("cheap");
  expect(choose("a", "web", "cheap")).toEqual({ now: ["web", "cheap"], later: [], costly: undefined });
  expect(choose("a", "gone")).toEqual({ now: ["gone"], later: [], costly: undefined });
  for (let alarm = 0; alarm < 4; alarm++) await clock.advance();
  expect(choose("a", "b", "web")).toEqual({ now: ["web"], later: ["a", "b"], costly: undefined });
  expect(choose("a", "b")).toEqual({ now: ["a"], later: ["b"], costly: "a" });
  setAside.tryAgain("a");
  expect(choose("a")).toEqual({ now: ["a"], later: [], costly: undefined });
});
