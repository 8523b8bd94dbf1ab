import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Agent, type AgentEvents } from "../../src/daemon/agent.ts";
import { Store } from "../../src/daemon/store.ts";
import { serviceKey } from "../../src/model/service.ts";
import { noChange } from "../../src/netlink/generations.ts";
import { arbitraryService, settings } from "../support/arbitrary-cluster.ts";
import { FakeClock, settle } from "../support/fake-clock.ts";
import { FaultyKernel } from "../support/faulty-kernel.ts";

const quiet = async () => {
  for (let i = 0; i < 20; i++) await settle();
};

test("a repair that has to wait takes nothing for granted that was told before a transaction of ours", async () => {
  const service = fc
    .sample(arbitraryService, { numRuns: 100, seed: 7 })
    .find(({ clusterIPs, ports }) => clusterIPs.some((ip) => ip.includes(".")) && ports.length > 0);
  if (service === undefined) throw new Error("no Service");
  const clock = new FakeClock();
  const kernel = new FaultyKernel();
  const waits: number[] = [];
  const ignore = () => {};
  const events: AgentEvents = {
    requested: ignore,
    synced: ignore,
    failed: ignore,
    setAside: ignore,
    restored: ignore,
    conflicts: ignore,
    drifted: (_, wait) => waits.push(wait),
  };
  const store = new Store();
  const families = ["ip"] as const;
  const options = { store, families, settings, kernel, clock, random: () => 0.5, events, minSyncPeriod: 0 };
  const agent = new Agent(options);
  store.follow((change) => {
    if ("key" in change) agent.changed(change.key, change.kind);
  });
  const stop = new AbortController();
  const running = agent.run(stop.signal);
  await quiet();
  expect(kernel.readings).toBe(1);
  for (let changes = 0; changes < 30 && !waits.some((wait) => wait > 0); changes++) {
    agent.generation(new Map([["ip", noChange]]));
    await quiet();
  }
  // Nothing that was told so far takes reading.
  expect(kernel.readings).toBe(1);
  const before = kernel.transactions;
  store.setService(serviceKey(service), service);
  await quiet();
  expect(kernel.transactions).toBeGreaterThan(before);
  expect(kernel.readings).toBe(1);
  for (let i = 0; i < 10; i++) {
    await clock.advance();
    await quiet();
  }
  expect(kernel.readings).toBe(2);
  stop.abort();
  await running;
});
