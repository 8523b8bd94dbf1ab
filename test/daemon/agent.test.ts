import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Agent, type AgentEvents } from "../../src/daemon/agent.ts";
import { Store } from "../../src/daemon/store.ts";
import { serviceKey } from "../../src/model/service.ts";
import { noAlteration } from "../../src/netlink/alteration.ts";
import { arbitraryService, settings } from "../support/arbitrary-cluster.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FaultyKernel } from "../support/faulty-kernel.ts";

const quiet = async () => {
  for (let i = 0; i < 20; i++) await settle();
};

test("others that change the tables without end are answered every five seconds, and cost no reading under churn", async () => {
  const service = fc
    .sample(arbitraryService, { numRuns: 100, seed: 7 })
    .find(({ clusterIPs, ports }) => clusterIPs.some((ip) => ip.includes(".")) && ports.length > 0);
  if (service === undefined) throw new Error("no Service");
  const clock = new FakeClock();
  const kernel = new FaultyKernel();
  const waits: number[] = [];
  let repairs = 0;
  const ignore = () => {};
  const events: AgentEvents = {
    requested: ignore,
    synced: ({ causes }) => {
      if (causes.includes("drift")) repairs += 1;
    },
    failed: ignore,
    setAside: ignore,
    leftOut: ignore,
    putIn: ignore,
    restored: ignore,
    drifted: (_, { program }, wait) => {
      expect(program).toBe("other");
      waits.push(wait);
    },
  };
  const store = new Store();
  const families = ["ip"] as const;
  const world = { kernel, holderOf: () => undefined, clock, random: () => 0.5 };
  const agent = new Agent({ store, families, settings, events, minSyncPeriod: 0, ...world });
  kernel.onGeneration = (generation) => agent.generation(generation);
  store.follow((change) => {
    if ("key" in change) agent.changed(change.key, change.kind);
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await quiet();
  expect(kernel.readings).toBe(1);
  for (let change = 0; change < 30; change++) {
    store.setService(serviceKey(service), change % 2 === 0 ? service : undefined);
    kernel.foreign({ ...noAlteration, structure: true });
    await quiet();
  }
  expect(waits).toEqual([...new Array<number>(10).fill(0), 5000]);
  expect(repairs).toBe(10);
  await clock.advance();
  await quiet();
  expect(repairs).toBe(11);
  expect(kernel.readings).toBe(1);
  agent.lostSight();
  agent.sighted();
  await quiet();
  expect(kernel.readings).toBe(2);
  stop.abort();
  await running;
});
