import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../../src/compile/compile.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import { type ObjectKey, type Service, serviceKey } from "../../../src/model/service.ts";
import { anyAlteration } from "../../../src/netlink/alteration.ts";
import type { NamedSet } from "../../../src/nft/ruleset.ts";
import { diffTables } from "../../../src/nft/transaction.ts";
import { ips, service } from "../../compile/values.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";
import { settle } from "../../support/fake-clock.ts";
import type { Fault } from "../../support/faulty-kernel.ts";
import { type Edit, edit, editKinds } from "../../support/foreign-edit.ts";
import { ReconcilerScene } from "../../support/reconciler-scene.ts";
import { times } from "../../support/thorough.ts";

type Step =
  | { readonly kind: "service"; readonly service: Service; readonly isDeleted: boolean }
  | { readonly kind: "slice"; readonly slice: EndpointSlice; readonly isDeleted: boolean }
  | { readonly kind: "settings"; readonly settings: typeof settings }
  | { readonly kind: "fault"; readonly fault: Fault }
  | { readonly kind: "poison"; readonly how: "poisoned" | "hidden" | "slow"; readonly service: ObjectKey }
  | { readonly kind: "edit"; readonly edit: Edit }
  | { readonly kind: "delay"; readonly turns: number }
  | { readonly kind: "flush" | "pass" | "time" | "blind" | "sighted" };

const arbitraryServiceStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("service" as const),
  service: arbitraryService,
  isDeleted: fc.boolean(),
});

const arbitrarySliceStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("slice" as const),
  slice: arbitrarySlice,
  isDeleted: fc.boolean(),
});

const arbitraryEditStep: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("edit" as const),
  edit: fc.record({
    what: fc.constantFrom(...editKinds),
    which: fc.nat(),
  }),
});

const arbitraryDelay: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant("delay" as const),
  turns: fc.nat(8),
});

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: arbitraryServiceStep },
  { weight: 6, arbitrary: arbitrarySliceStep },
  { weight: 4, arbitrary: arbitraryEditStep },
  { weight: 1, arbitrary: arbitraryDelay },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settings" as const), settings: arbitrarySettings }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      fault: fc.constantFrom<Fault>(
        "none",
        "refused",
        "failed before",
        "failed after",
        "overrun before",
        "overrun after",
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("poison" as const),
      how: fc.constantFrom("poisoned" as const, "hidden" as const, "slow" as const),
      service: fc.constantFrom<ObjectKey>("default/a", "kube-system/b"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("flush" as const, "pass" as const, "time" as const, "blind" as const, "sighted" as const),
    }),
  },
);

/** Runs a reconciler through steps, lets all faults end, and returns what it and the kernel then hold. */
async function outcome(steps: readonly Step[]) {
  const scene = new ReconcilerScene();
  const { clock, store, reconciler, log, kernel: faulty } = scene;
  let current = settings;
  reconciler.request("start");
  for (const step of steps) {
    switch (step.kind) {
      case "service":
        store.setService(serviceKey(step.service), step.isDeleted ? undefined : step.service);
        break;
      case "slice":
        store.setSlice(`${step.slice.namespace}/${step.slice.name}`, step.isDeleted ? undefined : step.slice);
        break;
      case "settings":
        current = step.settings;
        reconciler.setSettings(current, "settings");
        break;
      case "fault":
        faulty.faults.push(step.fault);
        break;
      case "poison":
        faulty[step.how].add(step.service);
        break;
      case "flush":
        faulty.kernel.flushRuleset();
        faulty.foreign(anyAlteration);
        break;
      case "edit": {
        const alteration = edit(faulty.kernel, step.edit);
        if (alteration !== undefined) faulty.foreign(alteration);
        break;
      }
      case "delay":
        faulty.delay = step.turns;
        break;
      case "pass":
        await settle();
        break;
      case "blind":
      case "sighted":
        faulty.canRead = step.kind === "sighted";
        break;
      case "time":
        await clock.advance();
    }
  }
  faulty.faults = [];
  const quiet = async () => {
    for (let i = 0; i < 60; i++) await clock.advance();
    for (let i = 0; i < 20; i++) await settle();
  };
  await quiet();
  const cluster = (without: ReadonlySet<ObjectKey>) => ({
    services: [...store.services].flatMap(([key, service]) => (without.has(key) ? [] : [service])),
    endpointSlices: [...store.slices.values()],
    nodes: [],
    serviceCIDRs: [],
  });
  const differences = (without: ReadonlySet<ObjectKey>) => {
    const [table] = compile(cluster(without), current).ruleset;
    return table && diffTables(faulty.kernel.table("ip"), table).commands;
  };
  const whilePoisoned = differences(new Set([...faulty.poisoned, ...faulty.hidden, ...faulty.slow]));
  for (const poisoned of [faulty.poisoned, faulty.hidden, faulty.slow]) poisoned.clear();
  for (let i = 0; i < 40; i++) await quiet();
  const atLast = differences(new Set());
  await scene.end();
  return { whilePoisoned, atLast, log, transactions: faulty.transactions, readings: faulty.readings };
}

test("whatever fails and whoever interferes, the kernel ends up equal to a fresh compile", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryStep, { maxLength: 60 }), async (steps) => {
      const { atLast } = await outcome(steps);
      expect(atLast).toEqual([]);
    }),
    { numRuns: times(100, 2000) },
  );
});

test("changes of elements and rules by others are repaired by the notifications alone", async () => {
  const pause = fc.record({ kind: fc.constantFrom("pass" as const, "time" as const) });
  const steps = fc.array(fc.oneof(arbitraryServiceStep, arbitrarySliceStep, pause), { minLength: 10, maxLength: 30 });
  const disturbance = fc.array(fc.oneof(arbitraryEditStep, arbitrarySliceStep, arbitraryDelay, pause), {
    minLength: 1,
    maxLength: 6,
  });
  let readings = 0;
  let sequences = 0;
  await fc.assert(
    fc.asyncProperty(steps, disturbance, async (first, then) => {
      const result = await outcome([...first, { kind: "time" }, { kind: "time" }, ...then]);
      expect(result.atLast).toEqual([]);
      readings += result.readings;
      sequences += 1;
    }),
    { numRuns: times(60, 1000) },
  );
  // All of a table is read at the start, and where a chain cannot go as somebody's element leads to it.
  expect(readings).toBeLessThan(1.2 * sequences);
});

test.each(["poisoned", "hidden", "slow"] as const)(
  "a %s Service is set aside, the others are served, and it is restored (W-01)",
  async (how) => {
    const services = fc.sample(arbitraryService, { numRuns: 100, seed: 7 });
    const usable = services.filter(({ clusterIPs, ports }) => clusterIPs.length > 0 && ports.length > 0);
    const steps = usable.map((service): Step => ({ kind: "service", service, isDeleted: false }));
    const { whilePoisoned, atLast, log } = await outcome([{ kind: "poison", how, service: "default/a" }, ...steps]);
    expect(whilePoisoned).toEqual([]);
    expect(log).toContain("set aside default/a");
    expect(log.filter((entry) => entry.startsWith("set aside") && !entry.endsWith("default/a"))).toEqual([]);
    expect(log).toContain("restored default/a");
    expect(log.indexOf("restored default/a")).toBeGreaterThan(log.indexOf("set aside default/a"));
    expect(atLast).toEqual([]);
  },
);

test("an idle reconciler does nothing", async () => {
  const { transactions } = await outcome([]);
  // The chains, and what is in the sets.
  expect(transactions).toBe(2);
});

test("a change by others that is noticed while a round is under way is repaired after it", async () => {
  const [service] = fc.sample(arbitraryService, { numRuns: 1, seed: 7 });
  const change: readonly Step[] = service ? [{ kind: "service", service, isDeleted: false }] : [];
  for (let passes = 0; passes < 12; passes++) {
    const pass = new Array<Step>(passes).fill({ kind: "pass" });
    const { atLast } = await outcome([{ kind: "time" }, { kind: "time" }, ...change, ...pass, { kind: "flush" }]);
    expect(atLast).toEqual([]);
  }
});

test("a round reports the previous and current rules, not what came since", async () => {
  const scene = new ReconcilerScene();
  const { store, rounds } = scene;
  store.setService("default/web", service());
  await settle();
  store.setService("default/web", undefined);
  await scene.quiet();
  const told = rounds.map(({ services }) => services.get("default/web"));
  expect(told.map((change) => [change?.before?.service, change?.after?.service])).toEqual([
    [undefined, service()],
    [service(), undefined],
  ]);
  await scene.end();
});

test("all Services that nft refuses are set aside at once", async () => {
  const attempts = async (refused: number) => {
    const scene = new ReconcilerScene();
    const key = (index: number): ObjectKey => `default/web-${index}`;
    for (let index = 0; index < 40; index++) {
      const clusterIPs = ips(`10.96.1.${index}`);
      scene.store.setService(key(index), service({ name: `web-${index}`, clusterIPs }));
      if (index < refused) scene.kernel.poisoned.add(key(index));
    }
    await scene.quiet();
    const { transactions } = scene.kernel;
    expect(scene.log.filter((line) => line.startsWith("set aside"))).toHaveLength(refused);
    expect(scene.rounds.at(-1)?.services.get(key(0))?.after?.service.name).toBe(refused > 0 ? undefined : "web-0");
    expect(scene.rounds.at(-1)?.services.get(key(39))?.after?.service.name).toBe("web-39");
    await scene.end();
    return transactions;
  };
  expect(await attempts(30)).toBe(await attempts(1));
});

test("a Service that was set aside and then deleted is gone, not served again", async () => {
  const scene = new ReconcilerScene();
  scene.kernel.poisoned.add("default/web");
  scene.store.setService("default/web", service());
  await scene.quiet();
  scene.store.setService("default/web", undefined);
  await scene.quiet();
  expect(scene.log).toEqual(["set aside default/web", "synced full", "gone default/web", "synced partial"]);
  await scene.end();
});

test("a table with another layout is replaced, and that is reported", async () => {
  const scene = new ReconcilerScene();
  const set: NamedSet = { name: "no-endpoints", key: [{ kind: "daddr" }], value: "verdict", elements: [] };
  scene.kernel.kernel.commit([{ family: "ip", commands: [{ kind: "addTable" }, { kind: "addSet", set }] }]);
  scene.store.setService("default/web", service());
  await scene.quiet();
  expect(scene.log).toEqual(["synced replaced"]);
  await scene.end();
});

test("B-201 a Service that cannot be planned is set aside, and the others are served", async () => {
  const scene = new ReconcilerScene();
  const broken = Object.defineProperty({ ...service({ name: "broken" }) }, "ports", {
    get: () => {
      throw new TypeError("no ports");
    },
  });
  scene.store.setService("default/broken", broken);
  scene.store.setService("default/web", service());
  await scene.quiet();
  expect(scene.log).toEqual(["set aside default/broken", "synced full"]);
  expect(scene.rounds.at(-1)?.services.get("default/web")?.after?.service.name).toBe("web");
  await scene.end();
});
