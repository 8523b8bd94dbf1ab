import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type APIServer, startAPIServer } from "./api-server.ts";
import { watch } from "./client.ts";
import { node, service } from "./objects.ts";

let server: APIServer;

beforeEach(async () => {
  server = await startAPIServer({ historyLimit: 10 });
});
afterEach(() => server.stop());

const services = "/api/v1/services";

test("a watch replays what came after its version, and goes on", async () => {
  const { resourceVersion } = server;
  server.put(service("a"));
  server.patch(service("a"), { spec: { type: "NodePort" } });
  const next = await watch(server, `${services}?resourceVersion=${resourceVersion}`);
  expect(await next()).toMatchObject({ type: "ADDED", object: { kind: "Service", apiVersion: "v1" } });
  expect(await next()).toMatchObject({ type: "MODIFIED", object: { spec: { type: "NodePort" } } });
  const deletion = server.delete(service("a"));
  expect(await next()).toMatchObject({
    type: "DELETED",
    object: { metadata: { name: "a", resourceVersion: deletion } },
  });
  server.put(node("n"), service("b"));
  expect(await next()).toMatchObject({ type: "ADDED", object: { metadata: { name: "b" } } });
});

test.each(["", "?resourceVersion=0"])("a watch%s without a version begins with what is there", async (query) => {
  server.put(service("a"), service("b"));
  server.delete(service("a"));
  const next = await watch(server, `${services}${query}`);
  expect(await next()).toMatchObject({ type: "ADDED", object: { metadata: { name: "b" } } });
});

test("for a watch, leaving the selection is being deleted and entering it is being added", async () => {
  const label = "service.kubernetes.io/service-proxy-name";
  server.put(service("a"), service("b"));
  const query = `labelSelector=!${label}&fieldSelector=spec.clusterIP!=None&resourceVersion=${server.resourceVersion}`;
  const next = await watch(server, `${services}?${query}`);
  const left = server.patch(service("a"), { metadata: { labels: { [label]: "" } } });
  server.patch(service("a"), { spec: { type: "NodePort" } });
  server.patch(service("a"), { metadata: { labels: null } });
  server.patch(service("a"), { spec: { clusterIP: "None" } });
  server.delete(service("a"));
  server.delete(service("b"));
  const deleted = await next();
  expect(deleted).toMatchObject({ type: "DELETED", object: { metadata: { name: "a", resourceVersion: left } } });
  expect(deleted?.object.metadata.labels).toBeUndefined();
  expect(await next()).toMatchObject({
    type: "ADDED",
    object: { metadata: { name: "a" }, spec: { type: "NodePort" } },
  });
  expect(await next()).toMatchObject({ type: "DELETED", object: { spec: { clusterIP: "10.96.0.10" } } });
  expect(await next()).toMatchObject({ type: "DELETED", object: { metadata: { name: "b" } } });
});

test("a watch from a forgotten version gets 410 as an event", async () => {
  const { resourceVersion } = server;
  for (let index = 0; index < 25; index++) server.put(service(`s${index}`));
  const next = await watch(server, `${services}?resourceVersion=${resourceVersion}`);
  expect(await next()).toMatchObject({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired" } });
  expect(await next()).toBeUndefined();
});

test("compaction forgets every version before it", async () => {
  const { resourceVersion } = server;
  server.compact();
  const next = await watch(server, `${services}?resourceVersion=${resourceVersion}`);
  expect(await next()).toMatchObject({ type: "ERROR", object: { code: 410 } });
  const fresh = await watch(server, `${services}?resourceVersion=${server.resourceVersion}`);
  server.put(service("a"));
  expect(await fresh()).toMatchObject({ type: "ADDED" });
});

test("bookmarks are for those who allow them", async () => {
  const next = await watch(server, `${services}?resourceVersion=${server.resourceVersion}&allowWatchBookmarks=true`);
  const without = await watch(server, `${services}?resourceVersion=${server.resourceVersion}`);
  server.put(node("n"));
  server.bookmark("services");
  const { resourceVersion } = server;
  expect(await next()).toMatchObject({ type: "BOOKMARK", object: { kind: "Service", metadata: { resourceVersion } } });
  server.endWatches();
  expect(await without()).toBeUndefined();
});

test("timeoutSeconds ends a watch, after a last bookmark", async () => {
  const next = await watch(server, `${services}?timeoutSeconds=0.05&allowWatchBookmarks=true&resourceVersion=100`);
  expect(await next()).toMatchObject({ type: "BOOKMARK" });
  expect(await next()).toBeUndefined();
  await server.until(() => server.watches() === 0);
});
