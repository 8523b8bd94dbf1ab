import { expect, test } from "@jest/globals";
import { tellWaiting } from "../../src/agent/waiting.ts";
import type { WatchStatus } from "../../src/ask/status/status.ts";
import type { Family } from "../../src/model/address.ts";
import { FakeClock } from "../support/fake-clock.ts";

const status = (resource: string, state: WatchStatus["state"]): WatchStatus => ({
  resource,
  state,
  heard: undefined,
  failure: undefined,
});

test("what the start waits for is logged each second, until the tables are in the kernel", async () => {
  const clock = new FakeClock();
  const lines: unknown[] = [];
  const healthy = new Set<Family>();
  const states = {
    all: [status("services", "failing"), status("endpointslices", "not yet"), status("nodes", "watching")],
  };
  const start = {
    states,
    health: { isFamilyHealthy: (family: Family) => healthy.has(family) },
    families: ["ip", "ip6"] as const,
    log: { info: (fields: object) => void lines.push(fields) },
    clock,
  };
  const told = tellWaiting(start, new AbortController().signal);
  await clock.advance();
  await clock.advance();
  states.all = [status("services", "watching"), status("endpointslices", "watching")];
  await clock.advance();
  healthy.add("ip");
  await clock.advance();
  healthy.add("ip6");
  await clock.advance();
  await told;
  const unread = ["services from the API server", "endpointslices from the API server"];
  expect(lines).toEqual([
    { for: unread, seconds: 1 },
    { for: unread, seconds: 2 },
    { for: ["table ip kube-nft", "table ip6 kube-nft"], seconds: 3 },
    { for: ["table ip6 kube-nft"], seconds: 4 },
  ]);
});

test("a start that takes an hour logs about as many lines as one of a minute", async () => {
  const clock = new FakeClock();
  let lines = 0;
  const stop = new AbortController();
  const start = {
    states: { all: [status("services", "failing")] },
    health: { isFamilyHealthy: () => false },
    families: ["ip"] as const,
    log: {
      info: () => {
        lines += 1;
      },
    },
    clock,
  };
  const told = tellWaiting(start, stop.signal);
  while (clock.now() < 3_600_000) await clock.advance();
  stop.abort();
  await told;
  expect(lines).toBeGreaterThan(10);
  expect(lines).toBeLessThan(100);
});
