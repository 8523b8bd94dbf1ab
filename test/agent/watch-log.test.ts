import { expect, test } from "@jest/globals";
import { ProblemLog } from "../../src/agent/problem-log.ts";
import { WatchLog } from "../../src/agent/watch-log.ts";
import { WatchStates } from "../../src/agent/watch-states.ts";
import { openLog } from "../../src/io/host/log.ts";
import { KubeError } from "../../src/io/kube/error.ts";

function story() {
  const lines: string[] = [];
  let now = 0;
  const log = openLog(0, false, (line) => {
    const { level, msg, resource, err, problems = [], count } = JSON.parse(line);
    lines.push(
      [level, msg, resource, err?.message, ...problems, count].filter((each) => each !== undefined).join(" | "),
    );
  });
  const unread = new Set<string>();
  const health = {
    setRead: (resource: string, isRead: boolean) => (isRead ? unread.delete(resource) : unread.add(resource)),
  };
  const metrics = { reported() {} };
  const states = new WatchStates({ now: () => now, text: String });
  const watches = new WatchLog({ log, problems: new ProblemLog(log), metrics, health, states, now: () => now });
  return {
    fail: (resource: string, message: string) =>
      watches.report(resource, { kind: "failed", error: new KubeError(message) }),
    report: watches.report.bind(watches),
    problems: watches.problems.bind(watches),
    unread,
    wait: (ms: number) => {
      now += ms;
    },
    /** What has been logged since the last time. */
    logged: () => lines.splice(0),
  };
}

test("a failure that goes on is told when it begins, when it changes, every ten minutes, and when it is over", () => {
  const { fail, report, wait, logged } = story();
  fail("services", "refused");
  fail("nodes", "refused");
  expect(logged()).toEqual([
    "warn | cannot read from the API server | services | refused",
    "warn | cannot read from the API server | nodes | refused",
  ]);
  for (let round = 0; round < 100; round++) fail("services", "refused");
  expect(logged()).toEqual([]);
  // Failures that take turns are one story.
  wait(59_999);
  fail("services", "403");
  fail("services", "refused");
  expect(logged()).toEqual([]);
  wait(1);
  fail("services", "403");
  expect(logged()).toEqual(["warn | cannot read from the API server | services | 403"]);
  wait(599_999);
  fail("services", "403");
  expect(logged()).toEqual([]);
  wait(1);
  fail("services", "403");
  expect(logged()).toEqual(["warn | cannot read from the API server | services | 403"]);
  report("services", { kind: "listed", count: 1 });
  report("services", { kind: "watching" });
  expect(logged()).toEqual(["info | the API server answers again | services"]);
  fail("services", "403");
  expect(logged()).toHaveLength(1);
});

test("health hears of what fails, and of what works", () => {
  const { fail, report, unread } = story();
  for (const resource of ["readyz", "services", "servicecidrs"]) fail(resource, "refused");
  report("services", { kind: "listed", count: 1 });
  expect([...unread]).toEqual(["readyz", "services", "servicecidrs"]);
  report("readyz", { kind: "ready" });
  report("services", { kind: "watching" });
  report("servicecidrs", { kind: "absent", retryMs: 1 });
  expect([...unread]).toEqual([]);
});

test("a watch that ends with an error is a failure", () => {
  const { report, logged } = story();
  for (const cause of ["closed", "cut", "silent", "expired", "error"] as const) {
    report("services", { kind: "ended", cause, error: new KubeError(cause) });
  }
  expect(logged()).toEqual(["warn | cannot read from the API server | services | error"]);
});

test("the ordinary course of things is not told, and what cannot be read once", () => {
  const { report, logged } = story();
  report("services", { kind: "listed", count: 1 });
  report("services", { kind: "watching" });
  report("services", { kind: "ended", cause: "closed", error: undefined });
  report("servicecidrs", { kind: "absent", retryMs: 300_000 });
  expect(logged()).toEqual([]);
  for (let round = 0; round < 3; round++) report("services", { kind: "malformed", message: "Service has no name" });
  expect(logged()).toEqual(["warn | invalid input | Service has no name | 1"]);
});

test("what is wrong with an object is a line, however much that is", () => {
  const { problems, logged } = story();
  const slice = (count: number, since = 0) =>
    Array.from({ length: count }, (_, index) => ({
      object: "EndpointSlice default/web",
      field: `endpoints[${since + index}]`,
      message: "is bad",
    }));
  const [first, ...others] = ["0", "1", "2", "3", "4"].map((index) => `endpoints[${index}]: is bad`);
  problems("endpointslices", slice(1000));
  problems("endpointslices", slice(1000));
  expect(logged()).toEqual([`warn | invalid input | ${[first, ...others].join(" | ")} | 1000`]);
  problems("endpointslices", slice(1));
  expect(logged()).toEqual([]);
  problems("endpointslices", slice(1, 7));
  expect(logged()).toEqual(["warn | invalid input | endpoints[7]: is bad | 1"]);
});
