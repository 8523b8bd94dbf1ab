import { expect, test } from "@jest/globals";
import { Health, type HealthAnswer } from "../../src/daemon/health.ts";
import type { Family } from "../../src/model/address.ts";
import type { Node } from "../../src/model/node.ts";

const node: Node = { name: "worker", addresses: [], podCIDRs: [], zone: undefined, taints: [], isBeingDeleted: false };

const start = Date.parse("2026-01-01T00:00:00Z");

/** A story in which time passes only where it says so. */
function story(families: readonly Family[] = ["ip", "ip6"]) {
  let now = start;
  const health = new Health({ families, patience: 60_000, now: () => now });
  return {
    health,
    wait: (seconds: number) => {
      now += seconds * 1000;
    },
    sync: (family: Family, began = now) => health.synced(family, began),
    codes: () => [health.answer("healthz").code, health.answer("livez").code],
  };
}

function bodyOf({ body }: HealthAnswer): unknown {
  return JSON.parse(JSON.stringify(body));
}

test("W-03 a process is not healthy before the first sync of each family", () => {
  const { health, sync, codes } = story();
  health.setNode(node);
  expect(codes()).toEqual([503, 503]);
  sync("ip");
  expect(codes()).toEqual([503, 503]);
  sync("ip6");
  expect(codes()).toEqual([200, 200]);
});

test("B-235 a change may wait for 60 s, and counts from the oldest one", () => {
  const { health, wait, sync, codes } = story(["ip"]);
  health.setNode(node);
  sync("ip");
  wait(3600);
  health.requested("ip");
  wait(59);
  health.requested("ip");
  expect(codes()).toEqual([200, 200]);
  wait(1);
  expect(codes()).toEqual([503, 503]);
  sync("ip");
  expect(codes()).toEqual([200, 200]);
  wait(3600);
  expect(codes()).toEqual([200, 200]);
});

test("B-235 a sync does not count for requests that arrived during it", () => {
  const { health, wait, sync, codes } = story(["ip"]);
  health.setNode(node);
  sync("ip");
  health.requested("ip");
  const began = start;
  wait(10);
  health.requested("ip");
  wait(10);
  sync("ip", began);
  wait(39);
  expect(codes()).toEqual([200, 200]);
  wait(1);
  expect(codes()).toEqual([503, 503]);
});

test("B-235 a sync of one family does not help the other", () => {
  const { health, wait, sync, codes } = story();
  health.setNode(node);
  sync("ip");
  sync("ip6");
  health.requested("ip6");
  wait(60);
  sync("ip");
  expect(codes()).toEqual([503, 503]);
  expect(bodyOf(health.answer("livez"))).toMatchObject({
    status: { IPv4: { healthy: true }, IPv6: { healthy: false } },
  });
});

const nodes = [
  ["B-238 no Node is known", undefined, 503],
  ["a Node", node, 200],
  ["B-237 a deletionTimestamp", { ...node, isBeingDeleted: true }, 503],
  ["B-237 the autoscaler's taint", { ...node, taints: ["other", "ToBeDeletedByClusterAutoscaler"] }, 503],
  ["B-237 other taints", { ...node, taints: ["node.kubernetes.io/unschedulable"] }, 200],
] as const;

test.each(nodes)("/healthz tells whether the node is eligible, /livez does not: %s", (_, value, code) => {
  const { health, sync, codes } = story(["ip"]);
  sync("ip");
  health.setNode(value);
  expect(codes()).toEqual([code, 200]);
  expect(bodyOf(health.answer("healthz"))).toMatchObject({ healthy: true, nodeEligible: code === 200 });
});

test("W-22 a deleted Node is not eligible", () => {
  const { health, sync, codes } = story(["ip"]);
  sync("ip");
  health.setNode(node);
  health.setNode(undefined);
  expect(codes()).toEqual([503, 200]);
});

test("bodies have the time of day, and nothing waits longer when the clock is set", () => {
  let now = 0;
  let isSetBack = false;
  const timeOfDay = (time: number) => start + time - (isSetBack ? 3_600_000 : 0);
  const health = new Health({ families: ["ip"], patience: 60_000, now: () => now, timeOfDay });
  health.synced("ip", 0);
  health.requested("ip");
  isSetBack = true;
  now += 1000;
  expect(bodyOf(health.answer("livez"))).toMatchObject({
    currentTime: "2025-12-31T23:00:01.000Z",
    status: { IPv4: { lastUpdated: "2025-12-31T23:00:00.000Z" } },
  });
  now += 59_000;
  expect(health.answer("livez").code).toBe(503);
});

test("watches that have failed for a minute are shown, and do not change the code", () => {
  const { health, wait, sync, codes } = story(["ip"]);
  health.setNode(node);
  sync("ip");
  const told = () => ["healthz" as const, "livez" as const].map((page) => bodyOf(health.answer(page)));
  health.setRead("readyz", false);
  wait(30);
  health.setRead("services", false);
  health.setRead("readyz", false);
  wait(29);
  for (const body of told()) expect(body).not.toHaveProperty("watches");
  wait(1);
  const watches = { healthy: false, failingSince: "2026-01-01T00:00:00.000Z", failing: ["readyz", "services"] };
  for (const body of told()) expect(body).toMatchObject({ healthy: true, watches });
  expect(codes()).toEqual([200, 200]);
  health.setRead("readyz", true);
  for (const body of told()) expect(body).not.toHaveProperty("watches");
  wait(30);
  for (const body of told()) expect(body).toMatchObject({ watches: { failing: ["services"] } });
  health.setRead("services", true);
  for (const body of told()) expect(body).not.toHaveProperty("watches");
});

test("B-239, B-240 the bodies", () => {
  const { health, wait, sync } = story();
  health.setNode(node);
  wait(1);
  sync("ip");
  wait(1);
  expect(JSON.stringify(health.answer("healthz").body)).toBe(
    '{"lastUpdated":"2026-01-01T00:00:01.000Z","currentTime":"2026-01-01T00:00:02.000Z","nodeEligible":true,' +
      '"healthy":false,"status":{"IPv4":{"lastUpdated":"2026-01-01T00:00:01.000Z","healthy":true},' +
      '"IPv6":{"lastUpdated":"2026-01-01T00:00:00.000Z","healthy":false}}}',
  );
  sync("ip6");
  wait(1);
  expect(JSON.stringify(health.answer("livez").body)).toBe(
    '{"lastUpdated":"2026-01-01T00:00:03.000Z","currentTime":"2026-01-01T00:00:03.000Z",' +
      '"healthy":true,"status":{"IPv4":{"lastUpdated":"2026-01-01T00:00:01.000Z","healthy":true},' +
      '"IPv6":{"lastUpdated":"2026-01-01T00:00:02.000Z","healthy":true}}}',
  );
});

test("missing features of the host are shown, and do not change the code", () => {
  const lacks = ["IPv6: clients are not remembered (nft 1.0.7 can)"];
  const health = new Health({ families: ["ip"], patience: 1000, now: () => 0, lacks });
  health.synced("ip", 0);
  expect(health.answer("livez")).toMatchObject({ code: 200, body: { healthy: true, lacks } });
});
