import { getEventListeners } from "node:events";
import { expect, test } from "@jest/globals";
import { backoff, kernelBackoff } from "../../src/daemon/backoff.ts";
import { Coalescer } from "../../src/daemon/coalescer.ts";
import { settle } from "../support/fake-clock.ts";

test("requests that arrive while one is served are served together afterwards", async () => {
  const pacer = new Coalescer();
  const { signal } = new AbortController();
  pacer.request();
  await pacer.next(signal);
  pacer.request();
  pacer.request();
  await pacer.next(signal);
  let isServed = false;
  const next = pacer.next(signal).then(() => {
    isServed = true;
  });
  await settle();
  expect(isServed).toBe(false);
  pacer.request();
  await next;
});

test("a wait ends when the signal is aborted, and later ones end at once", async () => {
  const pacer = new Coalescer();
  const stop = new AbortController();
  const next = pacer.next(stop.signal);
  stop.abort();
  await next;
  await pacer.next(stop.signal);
});

test("repeated waits leave no listeners on the signal", async () => {
  const pacer = new Coalescer();
  const { signal } = new AbortController();
  for (let round = 0; round < 100; round++) {
    const next = pacer.next(signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    pacer.request();
    await next;
  }
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("pauses grow from 100 ms to 30 s, with jitter", () => {
  expect([1, 2, 3, 9, 10, 1000].map((failures) => backoff(failures, kernelBackoff, () => 1))).toEqual([
    100, 200, 400, 25600, 30000, 30000,
  ]);
  expect(backoff(1, kernelBackoff, () => 0)).toBe(50);
});
