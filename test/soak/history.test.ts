import { expect, test } from "@jest/globals";
import { History } from "./history.ts";

test("a value that was never changed holds at any time", () => {
  expect(new History("a").during(5, 5)).toEqual(["a"]);
});

test("both old and new values are allowed from when a change is sent until the kernel is known to have it", () => {
  const history = new History("a");
  history.record("b", 10);
  history.confirm(11, 30);
  expect(history.during(0, 9)).toEqual(["a"]);
  expect(history.during(5, 10)).toEqual(["a", "b"]);
  expect(history.during(20, 20)).toEqual(["a", "b"]);
  expect(history.during(30, 99)).toEqual(["a", "b"]);
  expect(history.during(31, 99)).toEqual(["b"]);
  expect(history.latest).toBe("b");
});

test("a change stays open as long as nobody knows, whatever else is known", () => {
  const history = new History("a");
  history.record("b", 10);
  history.record("c", 20);
  history.confirm(20, 40);
  expect(history.during(50, 50)).toEqual(["b", "c"]);
  history.confirm(21, 60);
  expect(history.during(50, 50)).toEqual(["b", "c"]);
  expect(history.during(61, 61)).toEqual(["c"]);
});

test("what was known first counts", () => {
  const history = new History("a");
  history.record("b", 10);
  history.confirm(11, 30);
  history.confirm(11, 50);
  expect(history.during(40, 40)).toEqual(["b"]);
});

test("only what nobody will ask about is forgotten", () => {
  const history = new History("a");
  history.record("b", 10);
  history.confirm(11, 30);
  history.record("c", 40);
  history.forget(35);
  expect(history.during(0, 35)).toEqual(["b"]);
  expect(history.during(0, 99)).toEqual(["b", "c"]);
});
