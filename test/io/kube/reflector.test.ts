import { expect, test } from "@jest/globals";
import { serviceCIDRs } from "../../../src/io/kube/resources.ts";
import { endpointSlice, node, service, serviceCIDR } from "../../api-server/objects.ts";
import { recorder, scene, server, useScene } from "./scene.ts";

useScene();

const foreign = { metadata: { labels: { "service.kubernetes.io/service-proxy-name": "other" } } };

test("the first list is reported at once, and changes follow in order", async () => {
  server.put(service("a"), service("b"), service("headless", {}, { clusterIP: "None" }), node("n"));
  await scene.reflectUntilWatching();
  expect(recorder.told).toEqual(["+default/a", "+default/b", "synced"]);
  server.put(service("c", { namespace: "other" }));
  server.patch(service("a"), { metadata: { labels: { new: "" } } });
  server.patch(service("b"), foreign);
  server.delete(service("c", { namespace: "other" }));
  server.patch(service("b"), { metadata: { labels: null } });
  await recorder.until(() => recorder.told.length === 8);
  expect(recorder.told.slice(3)).toEqual(["+other/c", "+default/a", "-default/b", "-other/c", "+default/b"]);
  expect(recorder.objects.get("default/a")?.labels).toEqual({ new: "" });
});

test("its requests are those of a good node: first for any state, in pages, then from its version, with bookmarks", async () => {
  server.put(service("a"));
  await scene.reflectUntilWatching();
  const selectors = {
    labelSelector: "!service.kubernetes.io/service-proxy-name",
    fieldSelector: "spec.clusterIP!=None",
  };
  expect(scene.queries("list")).toEqual([{ ...selectors, resourceVersion: "0", limit: "500" }]);
  const { resourceVersion } = server;
  expect(scene.queries("watch")).toEqual([
    { ...selectors, watch: "true", allowWatchBookmarks: "true", resourceVersion, timeoutSeconds: "600" },
  ]);
});

test("a watch that the server ends is followed by another, from the last version, without a delay", async () => {
  await scene.reflectUntilWatching();
  const resourceVersion = server.put(service("a"));
  await scene.untilHas("a");
  const ended = recorder.next("ended");
  server.endWatches();
  expect(await ended).toMatchObject({ cause: "closed" });
  await server.until(() => server.count({ verb: "watch" }) === 2);
  expect(scene.queries("watch")[1]).toMatchObject({ resourceVersion });
  expect(server.count({ verb: "list" })).toBe(1);
  expect(recorder.pauses).toEqual([]);
});

test("a watch continues from its last bookmark", async () => {
  await scene.reflectUntilWatching();
  server.put(node("n"));
  server.compact();
  server.bookmark();
  server.put(service("a"));
  await scene.untilHas("a");
  server.endWatches();
  await server.until(() => server.count({ verb: "watch" }) === 2);
  server.put(service("b"));
  await scene.untilHas("b");
  expect(server.count({ verb: "list" })).toBe(1);
  expect(recorder.told).toEqual(["synced", "+default/a", "+default/b"]);
});

test.each([
  "this is not JSON",
  '{"type":"ADDED","object":{"metadata":{"name":"cut o',
  '{"type":"ADDED"}',
  '{"type":"ADDED","object":7}',
  '{"type":"TURNED","object":{}}',
])("a line %s is reported, ends nothing, and is compensated by a list", async (line) => {
  server.speakJSON();
  await scene.reflectUntilWatching();
  const malformed = recorder.next("malformed");
  server.send("services", `${line}\n\n`);
  expect((await malformed).message).toBe(`Service in a watch is not an event: ${line}`);
  server.put(service("a"));
  await scene.untilHas("a");
  expect(server.count({ verb: "watch" })).toBe(1);
  server.endWatches();
  await recorder.until(() => recorder.count("listed") === 2);
});

test("an object that cannot be read is reported, stays as it was, and harms no other", async () => {
  server.put(service("a", { labels: { first: "" } }), { apiVersion: "v1", kind: "Service", metadata: { name: "" } });
  server.put({ ...service("bad"), metadata: { name: "bad", labels: "garbage" as never } });
  await scene.reflectUntilWatching();
  const reports = recorder.reports.flatMap((report) => (report.kind === "malformed" ? [report.message] : []));
  expect(reports).toEqual([
    "Service has no name that could be one",
    "Service default/bad cannot be read: these are no labels",
  ]);
  expect([...recorder.objects.keys()]).toEqual(["default/a"]);
  server.patch(service("a"), { metadata: { labels: "garbage" } });
  server.put(service("b"));
  await scene.untilHas("b");
  expect(recorder.objects.get("default/a")?.labels).toEqual({ first: "" });
  server.patch(service("bad"), { metadata: { labels: null } });
  await scene.untilHas("bad");
});

test("an event that arrives in pieces is read as one", async () => {
  server.speakJSON();
  await scene.reflectUntilWatching();
  const metadata = { name: "a", namespace: "default", resourceVersion: "900", labels: { a: "ü€" } };
  const line = JSON.stringify({ type: "ADDED", object: { metadata } });
  for (const character of `${line}\n`) server.send("services", character);
  await scene.untilHas("a");
  expect(recorder.objects.get("default/a")?.labels).toEqual({ a: "ü€" });
});

test.each([{ encoding: "protobuf" }, { encoding: "JSON" }])(
  "a server that speaks $encoding is followed",
  async ({ encoding }) => {
    if (encoding === "JSON") server.speakJSON();
    server.put(service("a", { labels: { first: "" } }));
    await scene.reflectUntilWatching();
    server.put(service("b"));
    server.patch(service("a"), { metadata: { labels: { second: "ü€" } } });
    server.delete(service("b"));
    server.put(service("c"));
    await scene.untilHas("c");
    expect(recorder.told).toEqual(["+default/a", "synced", "+default/b", "+default/a", "-default/b", "+default/c"]);
    expect(recorder.objects.get("default/a")?.labels).toEqual({ first: "", second: "ü€" });
    const types = server.requests.map(({ contentType = "" }) => contentType.replace(/;.*/, ""));
    const expected = encoding === "JSON" ? "application/json" : "application/vnd.kubernetes.protobuf";
    expect(types).toEqual([expected, expected]);
  },
);

test("a resource that the cluster does not have has no objects, and is requested again later", async () => {
  server.disable("servicecidrs");
  const absent = recorder.next("absent");
  scene.reflect({ resource: serviceCIDRs, settings: { absentMs: 1234 } });
  expect(await absent).toMatchObject({ retryMs: 1234 });
  expect(recorder.told).toEqual(["synced"]);
  server.put(serviceCIDR("kubernetes", "10.96.0.0/16"));
  server.enable("servicecidrs");
  await recorder.until(() => recorder.objects.has("kubernetes"));
  server.disable("servicecidrs");
  server.cut();
  await recorder.until(() => !recorder.objects.has("kubernetes"));
});

test("many objects are reported once each, whether the server makes pages or not", async () => {
  for (let index = 0; index < 1200; index++) server.put(service(`s${index}`), endpointSlice(`s${index}`, ["10.0.0.1"]));
  await scene.reflectUntilWatching();
  expect(recorder.told).toHaveLength(1201);
  expect(server.count({ verb: "list" })).toBe(1);
});
