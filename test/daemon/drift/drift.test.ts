import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Drift } from "../../../src/daemon/drift/drift.ts";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import type { Family } from "../../../src/model/address.ts";
import { type ElementEvent, noChange, type TableChange } from "../../../src/netlink/generations.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

function scene() {
  const clock = new FakeClock();
  const found: Family[] = [];
  const changes: TableChange[] = [];
  const drift = new Drift(clock, (family, change) => {
    found.push(family);
    changes.push(change);
  });
  const generation = (...families: readonly Family[]) => {
    drift.generation(new Map(families.map((family) => [family, noChange])));
  };
  /** A transaction of ours. Its generation may be seen before or after it is over, or never. */
  const own = async (family: Family, seen: "before" | "after" | "never", failure?: Error) => {
    const end = Promise.withResolvers<void>();
    const transaction = drift.own(family, () => end.promise);
    if (seen === "before") generation(family);
    if (failure) end.reject(failure);
    else end.resolve();
    await transaction.catch(() => {});
    if (seen === "after") generation(family);
  };
  return { clock, drift, found, changes, own, foreign: generation };
}

test("our own transactions are no drift, whenever they are noticed", async () => {
  const { own, found } = scene();
  for (const seen of ["before", "after", "before", "after"] as const) {
    await own("ip", seen);
    await own("ip6", seen);
  }
  expect(found).toEqual([]);
});

test("one more generation is somebody else's, and is told once", async () => {
  const { own, foreign, found } = scene();
  await own("ip", "after");
  foreign("ip");
  expect(found).toEqual(["ip"]);
  await own("ip", "before");
  expect(found).toEqual(["ip"]);
  foreign("ip", "ip6");
  expect(found).toEqual(["ip", "ip", "ip6"]);
});

test("what touches none of our tables is no drift", () => {
  const { foreign, found } = scene();
  foreign();
  expect(found).toEqual([]);
});

test("somebody else's that comes while ours is under way is told when that is over", async () => {
  const { drift, foreign, found } = scene();
  const end = Promise.withResolvers<string>();
  const transaction = drift.own("ip", () => end.promise);
  foreign("ip");
  foreign("ip");
  expect(found).toEqual([]);
  foreign("ip6");
  expect(found).toEqual(["ip6"]);
  end.resolve("done");
  expect(await transaction).toBe("done");
  expect(found).toEqual(["ip6", "ip"]);
});

test("two of ours at once are two generations", async () => {
  const { drift, foreign, found } = scene();
  const ends = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const transactions = ends.map(({ promise }) => drift.own("ip", () => promise));
  foreign("ip");
  foreign("ip");
  for (const { resolve } of ends) resolve();
  await Promise.all(transactions);
  expect(found).toEqual([]);
});

test("a refused transaction makes no generation, so one that comes is somebody else's", async () => {
  const { own, found } = scene();
  await own("ip", "never", new Refusal("refused", undefined));
  expect(found).toEqual([]);
  await own("ip", "before", new Refusal("refused", undefined));
  expect(found).toEqual(["ip"]);
});

test("one that failed in an unknown way may have been committed, so its generation tells nothing", async () => {
  const { own, found } = scene();
  await own("ip", "before", new Error("nft was ended"));
  expect(found).toEqual([]);
});

test("the outcome is passed on", async () => {
  const { drift } = scene();
  const refusal = new Refusal("refused", "default/web");
  await expect(drift.own("ip", () => Promise.reject(refusal))).rejects.toBe(refusal);
});

test("a generation that was not seen for a second does not hide a later one", async () => {
  const { clock, own, foreign, found } = scene();
  await own("ip", "never");
  foreign("ip");
  expect(found).toEqual([]);
  await own("ip", "never");
  while (await clock.advance());
  foreign("ip");
  expect(found).toEqual(["ip"]);
});

test("after notifications were lost, what was counted means nothing", async () => {
  const { drift, own, foreign, found } = scene();
  await own("ip", "never");
  drift.lost();
  foreign("ip");
  expect(found).toEqual(["ip"]);
});

test("a transaction that was under way when notifications were lost hides nothing", async () => {
  const { drift, foreign, found } = scene();
  const end = Promise.withResolvers<void>();
  const transaction = drift.own("ip", () => end.promise);
  drift.lost();
  end.resolve();
  await transaction;
  foreign("ip");
  expect(found).toEqual(["ip"]);
});

test("where more changed than can be kept, what changed is not known", async () => {
  const { drift, own, changes } = scene();
  const element = { set: "s", element: { key: [1] }, isThere: true };
  await own("ip", "never");
  drift.generation(new Map([["ip", { ...noChange, elements: [element] }]]));
  for (let i = 0; i < 300; i++) await own("ip", "after");
  drift.generation(new Map([["ip", noChange]]));
  expect(changes.map(({ sets }) => sets)).toEqual(["all"]);
});

test("what others changed is told, with what we changed shortly before, in the order of the kernel", async () => {
  const { clock, drift, own, changes } = scene();
  const event = (port: number): ElementEvent => ({ set: "s", element: { key: [port] }, isThere: port % 2 === 0 });
  const generation = (port: number, structure = false) =>
    drift.generation(new Map([["ip", { ...noChange, elements: [event(port)], structure }]]));
  await own("ip", "never");
  generation(1);
  // Until now, that one was taken for ours.
  expect(changes).toEqual([]);
  generation(2, true);
  expect(changes).toEqual([{ ...noChange, elements: [event(1), event(2)], structure: true }]);
  generation(3);
  expect(changes[1]).toEqual({ ...noChange, elements: [event(3)] });
  await own("ip", "never");
  generation(4);
  while (await clock.advance());
  generation(5);
  expect(changes[2]).toEqual({ ...noChange, elements: [event(5)] });
});

test("while everything is noticed in time, every foreign change is told and nothing else", async () => {
  const step = fc.record({
    family: fc.constantFrom<Family>("ip", "ip6"),
    kind: fc.constantFrom("before", "after", "foreign", "refused", "pause"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { clock, own, foreign, found } = scene();
      const expected: Family[] = [];
      for (const { family, kind } of steps) {
        if (kind === "foreign") {
          foreign(family);
          expected.push(family);
        } else if (kind === "refused") await own(family, "never", new Refusal("refused", undefined));
        else if (kind === "pause") await clock.advance();
        else await own(family, kind === "before" ? "before" : "after");
        await settle();
      }
      expect(found).toEqual(expected);
    }),
  );
});
