import { expect, test } from "@jest/globals";
import type { ObjectKey, Service } from "../../../src/model/service.ts";
import { endpoint, ips, service, slice } from "../../compile/values.ts";
import { ReconcilerScene } from "../../support/reconciler-scene.ts";

const count = 500;
const key = (index: number): ObjectKey => `default/web-${index}`;

function web(index: number, more: Partial<Service> = {}): Service {
  return service({ name: `web-${index}`, clusterIPs: ips(`10.96.${index >> 8}.${index & 255}`), ...more });
}

/** A reconciler that is told of many Services at once, after what is done to its kernel. */
async function sceneWith(prepare: (scene: ReconcilerScene) => void): Promise<ReconcilerScene> {
  const scene = new ReconcilerScene();
  prepare(scene);
  for (let index = 0; index < count; index++) scene.store.setService(key(index), web(index));
  await settled(scene);
  return scene;
}

/** Lets a search for culprits end. */
async function settled(scene: ReconcilerScene): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await scene.quiet();
}

/** The Services that the kernel has, by the elements of one of its sets. */
function served({ kernel }: ReconcilerScene): ReadonlySet<string> {
  const elements = kernel.kernel.table("ip")?.sets.get("no-endpoints")?.elements ?? [];
  return new Set(elements.map(({ owner = "" }) => owner.split(":")[0] ?? ""));
}

const setAside = ({ log }: ReconcilerScene) => log.filter((line) => line.startsWith("set aside"));

/** Of each culprit: a halving down to it, and its second chance. */
const steps = 2 * Math.ceil(Math.log2(count)) + 8;

test.each(["hidden", "slow"] as const)(
  "Services that are %s are found in a few steps, and all others are served",
  async (how) => {
    const bad = [17, 401];
    const scene = await sceneWith(({ kernel }) => {
      for (const index of bad) kernel[how].add(key(index));
    });
    expect(setAside(scene)).toEqual(bad.map((index) => `set aside ${key(index)}`));
    expect(served(scene).size).toBe(count - bad.length);
    expect(scene.log).not.toContain("failed");
    // Half of them are tests of whether anything at all can be done.
    expect(scene.kernel.transactions).toBeLessThan(2 * steps * bad.length);
    await scene.end();
  },
);

test("while a Service is refused, changes of others cost one transaction, and its own none", async () => {
  const scene = await sceneWith(({ kernel }) => kernel.slow.add(key(17)));
  const cost = async (index: number, more: Partial<Service>) => {
    const before = scene.kernel.transactions;
    scene.store.setService(key(index), web(index, more));
    await settled(scene);
    return scene.kernel.transactions - before;
  };
  expect(await cost(18, { clusterIPs: ips("10.97.0.18") })).toBe(1);
  expect(await cost(17, { clusterIPs: ips("10.97.0.17") })).toBe(0);
  expect(setAside(scene)).toHaveLength(1);
  // It is tried alone, and found without a search.
  const before = scene.kernel.transactions;
  await scene.pass(1);
  await settled(scene);
  expect(setAside(scene)).toHaveLength(2);
  expect(scene.kernel.transactions - before).toBeLessThan(5);
  scene.kernel.slow.clear();
  await scene.pass(1);
  await settled(scene);
  expect(scene.log).toContain(`restored ${key(17)}`);
  expect(served(scene).size).toBe(count);
  await scene.end();
});

test("if nothing at all finishes in time, no Service is blamed", async () => {
  const scene = await sceneWith(({ kernel }) => {
    kernel.isStuck = true;
  });
  expect(scene.log.length).toBeGreaterThan(0);
  expect(scene.log.filter((line) => !line.startsWith("failed"))).toEqual([]);
  scene.kernel.isStuck = false;
  await scene.pass(3);
  await settled(scene);
  expect(served(scene).size).toBe(count);
  expect(setAside(scene)).toEqual([]);
  await scene.end();
});

test("what the kernel applies too late is applied, and nobody is blamed", async () => {
  const scene = await sceneWith(({ kernel }) => {
    kernel.faults = ["overrun after", "overrun after", "none", "overrun after"];
  });
  expect(served(scene).size).toBe(count);
  expect(setAside(scene)).toEqual([]);
  await scene.end();
});

test("only the Services that need a refused chain are set aside", async () => {
  const sticky = [3, 4, 5];
  const scene = await sceneWith(({ kernel, store }) => {
    kernel.refused.add("remember-tcp-10800");
    for (const index of sticky)
      store.setSlice(key(index), slice([endpoint("10.244.1.5")], { serviceName: `web-${index}` }));
  });
  for (const index of sticky) {
    scene.store.setService(key(index), web(index, { sessionAffinity: { timeoutSeconds: 10800 } }));
  }
  await settled(scene);
  // Without them, nobody needs it.
  expect(scene.log.filter((line) => line.startsWith("left out"))).toEqual([]);
  expect(setAside(scene).sort()).toEqual(sticky.map((index) => `set aside ${key(index)}`));
  expect(served(scene).size).toBe(count - sticky.length);
  scene.kernel.refused.clear();
  await scene.pass(6);
  await settled(scene);
  for (const index of sticky) expect(scene.log).toContain(`restored ${key(index)}`);
  await scene.end();
});

test("refused parts that belong to no Service are left out for a while, in which changes cost one transaction", async () => {
  const scene = await sceneWith(({ kernel }) => kernel.refused.add("cluster-ips-check"));
  expect(scene.log).toContain("left out chain cluster-ips-check");
  expect(setAside(scene)).toEqual([]);
  expect(served(scene).size).toBe(count);
  const before = scene.kernel.transactions;
  scene.store.setService(key(1), web(1, { clusterIPs: ips("10.97.0.1") }));
  await settled(scene);
  expect(scene.kernel.transactions - before).toBe(1);
  scene.kernel.refused.clear();
  await scene.pass(1);
  await settled(scene);
  expect(scene.log).toContain("put in chain cluster-ips-check");
  expect(scene.kernel.kernel.table("ip")?.chains.get("cluster-ips-check")?.rules.length).toBeGreaterThan(0);
  await scene.end();
});
