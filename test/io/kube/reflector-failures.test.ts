import { writeFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { readList } from "../../../src/io/kube/list.ts";
import { services } from "../../../src/io/kube/resources.ts";
import { service } from "../../api-server/objects.ts";
import { recorder, scene, server, useScene } from "./scene.ts";

useScene();

test("after a broken connection it continues where it was", async () => {
  await scene.reflectUntilWatching();
  const ended = recorder.next("ended");
  server.cut();
  server.put(service("a"));
  expect(await ended).toMatchObject({ cause: "cut", error: { message: expect.stringContaining("was closed") } });
  await scene.untilHas("a");
  expect(server.count({ verb: "list" })).toBe(1);
});

test("changes that the server no longer has are found by a list, and reported as their total", async () => {
  server.put(service("a"), service("b"), service("c"));
  await scene.reflectUntilWatching();
  const last = server.resourceVersion;
  const expired = recorder.next("ended");
  server.refuse();
  server.delete(service("a"));
  server.patch(service("b"), { metadata: { labels: { new: "" } } });
  server.put(service("d"));
  server.compact();
  await server.accept();
  await expired;
  await scene.untilHas("d");
  expect(recorder.told.slice(4)).toEqual(["-default/a", "+default/b", "+default/d"]);
  expect(recorder.reports).toContainEqual(expect.objectContaining({ kind: "ended", cause: "expired" }));
  // Where the server was away, that is found by one question after the other, and by no watch.
  expect(recorder.count("failed")).toBe(0);
  // From the server's cache, which is cheap, and not older than what is known.
  expect(scene.queries("list")[1]).toMatchObject({ resourceVersion: last });
  expect(scene.queries("list")[1]).not.toHaveProperty("limit");
});

test.each([410, 504])("if even that list is refused with %d, the newest state is listed", async (code) => {
  await scene.reflectUntilWatching();
  server.put(service("a"));
  await scene.untilHas("a");
  server.fail({ kind: "status", code: 410 }, 1, { verb: "watch" });
  server.fail({ kind: "status", code }, 1, { verb: "list" });
  server.delete(service("a"));
  await recorder.until(() => !scene.has("a"));
  server.endWatches();
  await recorder.until(() => recorder.count("listed") === 2);
  expect(scene.queries("list")[2]).toMatchObject({ limit: "500" });
  expect(scene.queries("list")[2]).not.toHaveProperty("resourceVersion");
});

test("a silent connection is closed after the time of the watch", async () => {
  await scene.reflectUntilWatching({ settings: { timeoutSeconds: 0.02, marginMs: 20 } });
  const ended = recorder.next("ended");
  server.freeze();
  server.put(service("a"));
  expect(await ended).toMatchObject({ cause: "silent" });
  await scene.untilHas("a");
});

test("with a silent connection, idle ones are closed, too", async () => {
  await scene.reflectUntilWatching({ settings: { timeoutSeconds: 0.5, marginMs: 20 } });
  const ignore = () => {};
  const list = { wants: "read", onItem: ignore, onMalformed: ignore, onRestart: ignore } as const;
  await Promise.all([1, 2, 3].map(() => readList(scene.connection, services, list)));
  const ended = recorder.next("ended");
  server.freeze();
  server.put(service("a"));
  expect(await ended).toMatchObject({ cause: "silent" });
  await scene.untilHas("a");
});

/** The pauses of a reflector whose lists are not spread, without those before the questions whether the server is there. */
function ownPauses(): readonly number[] {
  return recorder.pauses.filter((ms) => ms !== 0 && ms !== 500);
}

test("after errors of a reachable server it retries at once, then after delays that double up to a limit", async () => {
  server.fail({ kind: "status", code: 500 }, 4, { verb: "list" });
  server.fail({ kind: "status", code: 503 }, 4, { verb: "watch" });
  server.put(service("a"));
  await scene.reflectUntilWatching({ settings: { spreadMs: 0, backoff: { first: 100, longest: 3000 } } });
  expect(ownPauses()).toEqual([100, 200, 400, 800, 1600, 3000, 3000]);
  expect(recorder.count("failed")).toBe(8);
  server.put(service("b"));
  await scene.untilHas("b");
  const watching = recorder.next("watching");
  server.cut();
  await watching;
  expect(ownPauses()).toHaveLength(7);
});

test("429 is obeyed, even the first time", async () => {
  server.fail({ kind: "status", code: 429, retryAfterSeconds: 7 }, 1, { verb: "list" });
  server.fail({ kind: "status", code: 429, retryAfterSeconds: 3 }, 1, { verb: "watch" });
  await scene.reflectUntilWatching({ settings: { spreadMs: 0, backoff: { first: 100, longest: 30_000 } } });
  expect(ownPauses()).toEqual([7100, 3100]);
  expect(recorder.reports[0]).toMatchObject({ kind: "failed", error: { status: 429, retryAfterMs: 7000 } });
});

test("a list that is not the first is spread over a second", async () => {
  server.fail({ kind: "status", code: 500 }, 1, { verb: "list" });
  await scene.reflectUntilWatching();
  expect(recorder.pauses).toEqual([500, 1000]);
});

test("a server that ends each watch at once is not asked again without a delay", async () => {
  server.fail({ kind: "text", text: "" }, 4, { verb: "watch" });
  scene.reflect({ settings: { backoff: { first: 100, longest: 30_000 } } });
  const { error } = await recorder.next("ended");
  expect(error?.message).toBe(`the watch of services at ${server.url} ended with nothing`);
  await recorder.until(() => recorder.count("watching") === 5);
  expect(ownPauses()).toEqual([100, 200, 400]);
});

test("a version that expires right after a list is a failure", async () => {
  server.fail({ kind: "status", code: 410 }, 4, { verb: "watch" });
  await scene.reflectUntilWatching({ settings: { spreadMs: 0, backoff: { first: 100, longest: 30_000 } } });
  expect(ownPauses()).toEqual([100, 200, 400]);
  expect(server.count({ verb: "list" })).toBe(5);
});

test("while the server is away, known objects stay, and changes are reported when it is back", async () => {
  server.put(service("a"), service("b"));
  await scene.reflectUntilWatching();
  server.refuse();
  await recorder.until(() => recorder.readiness.length >= 20);
  expect([...recorder.objects.keys()]).toEqual(["default/a", "default/b"]);
  server.delete(service("a"));
  server.put(service("c"));
  await server.accept();
  await scene.untilHas("c");
  expect(recorder.told.slice(3)).toEqual(["-default/a", "+default/c"]);
  expect(recorder.count("failed")).toBe(0);
});

test("a rotated token is read again, without a delay", async () => {
  await scene.reflectUntilWatching();
  server.put(service("a"));
  await scene.untilHas("a");
  await writeFile(scene.tokenFile, server.rotateToken());
  server.endWatches();
  await server.until(() => server.count({ verb: "watch" }) === 3 && server.watches() === 1);
  expect(server.requests.map(({ status }) => status)).toEqual([200, 200, 401, 200]);
  expect(recorder.pauses).toEqual([]);
});

test("a rejected token is retried until it is accepted", async () => {
  const token = server.rotateToken();
  const failed = recorder.next("failed");
  scene.reflect();
  expect((await failed).error.message).toMatch(/^cannot list services at .*: 401, our credentials/);
  await writeFile(scene.tokenFile, token);
  await recorder.until(() => recorder.told.includes("synced"));
});

test("a forbidden request is reported, and retried until it is allowed", async () => {
  server.forbid({ resource: "services" });
  const failed = recorder.next("failed");
  scene.reflect();
  const { error } = await failed;
  expect(error.status).toBe(403);
  expect(error.message).toContain("a ClusterRole bound to us must grant list on services");
  server.permit();
  await recorder.until(() => recorder.told.includes("synced"));
});

test("an API server that does not know the field selector is asked without it, from then on", async () => {
  server.disable("services", "spec.clusterIP");
  server.put(service("a"), service("headless", {}, { clusterIP: "None" }));
  await scene.reflectUntilWatching();
  expect([...recorder.objects.keys()]).toEqual(["default/a", "default/headless"]);
  expect(server.requests.map(({ verb, status, query }) => [verb, status, query["fieldSelector"]])).toEqual([
    ["list", 400, "spec.clusterIP!=None"],
    ["list", 200, undefined],
    ["watch", 200, undefined],
  ]);
  expect(scene.queries("watch")[0]).toHaveProperty("labelSelector");
  expect(recorder.count("failed")).toBe(0);
});

test.each(["list", "watch"] as const)(
  "a %s that is refused for another reason keeps the field selector",
  async (verb) => {
    server.fail({ kind: "status", code: 400 }, 2, { verb });
    await scene.reflectUntilWatching();
    expect(scene.queries("watch").at(-1)).toHaveProperty("fieldSelector");
    expect(recorder.count("failed")).toBe(1);
  },
);

test("a list that breaks off takes effect only when it is complete", async () => {
  server.put(service("a"));
  const half = '{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"ghost"}},';
  server.fail({ kind: "truncate", text: half }, 1, { verb: "list" });
  server.fail({ kind: "text", text: half }, 1, { verb: "list" });
  await scene.reflectUntilWatching();
  expect(recorder.count("failed")).toBe(2);
  expect(recorder.told).toEqual(["+default/a", "synced"]);
});

test("a request without an answer is aborted", async () => {
  server.fail({ kind: "stall" }, 1, { verb: "list" });
  server.fail({ kind: "stall" }, 1, { verb: "watch" });
  await scene.reflectUntilWatching({ settings: { silenceMs: 2000 } });
  const failures = recorder.reports.flatMap((report) => (report.kind === "failed" ? [report.error.message] : []));
  expect(failures).toEqual([
    `cannot list services at ${server.url}: it has not answered for 2 s`,
    `cannot watch services at ${server.url}: it has not answered for 2 s`,
  ]);
});

test.each<[string, () => Promise<void>]>([
  ["it watches", () => scene.reflectUntilWatching({ realClock: true })],
  [
    "it waits to try again",
    async () => {
      server.fail({ kind: "status", code: 429, retryAfterSeconds: 100 });
      const failed = recorder.next("failed");
      scene.reflect({ realClock: true });
      await failed;
    },
  ],
  [
    "it waits for an answer",
    async () => {
      server.fail({ kind: "stall" });
      scene.reflect({ realClock: true });
      await server.until(() => server.requests.length === 1);
    },
  ],
])("it ends at once while %s", async (_, start) => {
  await start();
  scene.abort.abort();
  await scene.running;
  await server.untilWatches(0);
  expect(recorder.count("ended")).toBe(0);
});

test("a sink that throws ends it", async () => {
  server.put(service("a"));
  const sink = {
    ...recorder,
    upserted: () => {
      throw new Error("a broken promise");
    },
  };
  await expect(scene.reflector({ sink }).run(scene.abort.signal)).rejects.toThrow("a broken promise");
});
