import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Drift } from "../../../src/daemon/drift/drift.ts";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import { type Alteration, anyAlteration, noAlteration } from "../../../src/netlink/alteration.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";
import { times } from "../../support/thorough.ts";
import { arbitraryActions, World } from "./world.ts";

const nothing = { family: "ip", commands: [] } as const;

function scene() {
  const clock = new FakeClock();
  const told: (readonly [program: string, wait: number])[] = [];
  const due: string[] = [];
  const drift = new Drift({
    clock,
    holderOf: () => undefined,
    onDrift: ({ program }, wait) => told.push([program, wait]),
    onDue: (cause) => due.push(cause),
  });
  /** A transaction with a netlink port changed rules. */
  const generation = (port: number, alteration: Alteration = { ...noAlteration, structure: true }) =>
    drift.generation(alteration, { port, pid: port + 5000, program: `program-${port}` });
  /** A transaction of ours; its generation may be seen before or after it is over, or never. */
  const own = async (pid: number, seen: "before" | "after" | "never", failure?: Error) => {
    const end = Promise.withResolvers<void>();
    const outcome = drift.own(nothing, (sentBy) => {
      sentBy(pid);
      return end.promise;
    });
    if (seen === "before") generation(pid);
    if (failure) end.reject(failure);
    else end.resolve();
    await outcome.catch(() => {});
    if (seen === "after") generation(pid);
  };
  return { clock, drift, told, due, own, generation };
}

test("our own transactions are not drift, whenever they are noticed", async () => {
  const { drift, told, due, own } = scene();
  for (const seen of ["before", "after", "before", "after"] as const) {
    await own(7, seen);
    await own(8, seen);
  }
  expect({ told, due, taken: drift.take() }).toEqual({ told: [], due: [], taken: noAlteration });
});

test("another program's transaction is reported at once, also during one of ours", async () => {
  const { drift, told, due, generation } = scene();
  const end = Promise.withResolvers<void>();
  const outcome = drift.own(nothing, (sentBy) => {
    sentBy(7);
    return end.promise;
  });
  generation(99);
  expect(told).toEqual([["program-99", 0]]);
  generation(7);
  end.resolve();
  await outcome;
  expect(due).toEqual(["drift"]);
  expect(drift.take()).toEqual({ ...noAlteration, structure: true });
  expect(drift.take()).toEqual(noAlteration);
});

test("an idle nft of ours has sent no transaction of ours", async () => {
  const { told, own, generation } = scene();
  await own(7, "after");
  generation(7);
  expect(told).toEqual([["program-7", 0]]);
});

test("a refused transaction makes no generation, so a new one is another program's", async () => {
  const { told, own, generation } = scene();
  await own(7, "never", new Refusal("refused"));
  generation(7);
  expect(told).toEqual([["program-7", 0]]);
});

test("a transaction that made no generation hides nothing after the next of ours is seen", async () => {
  const { told, own, generation } = scene();
  await own(7, "never");
  await own(8, "before");
  generation(7);
  expect(told).toEqual([["program-7", 0]]);
});

test("what was committed although nft failed is repaired, and is not drift", async () => {
  const { drift, told, due, own } = scene();
  await own(7, "after", new Error("nft was ended"));
  expect(told).toEqual([]);
  expect(due).toEqual(["unclear"]);
  expect(drift.take()).toEqual({ ...noAlteration, structure: true });
});

test("the outcome is passed on", async () => {
  const { drift } = scene();
  const refusal = new Refusal("refused");
  await expect(drift.own(nothing, () => Promise.reject(refusal))).rejects.toBe(refusal);
});

test("changes outside of our tables are not drift", () => {
  const { told, generation } = scene();
  generation(99, noAlteration);
  expect(told).toEqual([]);
});

test("a table is only read if notifications may have been lost", async () => {
  const { drift, due, own, generation, told } = scene();
  drift.sighted();
  expect(due).toEqual([]);
  await own(7, "never");
  drift.lost();
  await own(8, "never");
  drift.sighted();
  drift.sighted();
  expect(due).toEqual(["lost sight"]);
  expect(drift.take()).toEqual(anyAlteration);
  // Neither is waited for any more.
  generation(7);
  expect(told).toEqual([["program-7", 0]]);
});

test("a transaction that was under way when notifications were lost is ours when it is seen", async () => {
  const { drift, told, generation } = scene();
  const end = Promise.withResolvers<void>();
  const outcome = drift.own(nothing, (sentBy) => {
    sentBy(7);
    return end.promise;
  });
  drift.lost();
  drift.sighted();
  end.resolve();
  await outcome;
  generation(7);
  expect(told).toEqual([]);
});

test("repeated changes by others are repaired at once ten times, and then every five seconds", async () => {
  const { clock, drift, told, due, generation } = scene();
  for (let index = 0; index < 30; index++) {
    generation(99);
    await settle();
    drift.take();
  }
  expect(told.map(([, wait]) => wait)).toEqual([...new Array<number>(10).fill(0), 5000]);
  expect(due).toHaveLength(10);
  await clock.advance();
  expect(due).toHaveLength(11);
  expect(drift.take()).toEqual({ ...noAlteration, structure: true });
});

test("all changes by others are found, whenever they are noticed, and ours are never mistaken for theirs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), arbitraryActions, async (isPidTaken, actions) => {
      const world = new World(isPidTaken);
      for (const action of actions) await world.act(action);
      await world.rest();
      expect(world.view).toEqual(world.kernel);
      if (isPidTaken) return;
      expect(world.drifts).toBeLessThanOrEqual(world.foreignCommits);
      // Nobody reads a whole table because somebody changed an element.
      expect(world.readings).toBeLessThanOrEqual(world.failures);
    }),
    { numRuns: times(1000, 25000) },
  );
});
