import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type APIServer, startAPIServer } from "./api-server.ts";
import { call, namesOf } from "./client.ts";
import { endpointSlice, node, service, serviceCIDR } from "./objects.ts";

let server: APIServer;

beforeEach(async () => {
  server = await startAPIServer({ historyLimit: 10 });
});
afterEach(() => server.stop());

const services = "/api/v1/services";

test("objects get what the server gives them", async () => {
  const first = server.put(service("web"));
  const { metadata, items, kind, apiVersion } = await call(server, services);
  expect({ kind, apiVersion, metadata }).toEqual({
    kind: "ServiceList",
    apiVersion: "v1",
    metadata: { resourceVersion: first },
  });
  expect(items[0]).toMatchObject({
    metadata: { name: "web", namespace: "default", resourceVersion: first, generation: 1 },
  });
  expect(items[0]?.kind).toBeUndefined();
  expect(items[0]?.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
  expect(items[0]?.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test("an update keeps uid and creationTimestamp, and counts generations of the spec only", () => {
  server.put(service("web", { creationTimestamp: "2026-01-01T00:00:00Z", uid: "u" }));
  const kept = { uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" };
  const { resourceVersion } = server;
  server.put(service("web"));
  expect(server.resourceVersion).toBe(resourceVersion);
  server.patch(service("web"), { metadata: { labels: { a: "b" } } });
  expect(server.get(service("web"))?.metadata).toMatchObject({ ...kept, generation: 1 });
  server.patch(service("web"), { spec: { ports: null } });
  expect(server.get(service("web"))).toMatchObject({ metadata: { ...kept, generation: 2, labels: { a: "b" } } });
  expect(Number(server.resourceVersion)).toBe(Number(resourceVersion) + 2);
});

test("all resources share one counter of versions", async () => {
  const first = Number(server.put(service("web")));
  expect(Number(server.put(endpointSlice("web", ["10.0.0.1"])))).toBe(first + 1);
  expect(Number(server.put(node("n")))).toBe(first + 2);
  const list = await call(server, services);
  expect(list.metadata.resourceVersion).toBe(String(first + 2));
});

test.each([
  ["/api/v1/nodes", "NodeList"],
  ["/apis/discovery.k8s.io/v1/endpointslices", "EndpointSliceList"],
  ["/apis/networking.k8s.io/v1/servicecidrs", "ServiceCIDRList"],
  ["/api/v1/namespaces/default/services", "ServiceList"],
])("%s is a %s", async (path, kind) => {
  expect(await call(server, path)).toMatchObject({ status: 200, kind, items: [] });
});

test("one object is got by its name", async () => {
  server.put(service("web"), node("n"));
  expect(await call(server, "/api/v1/namespaces/default/services/web")).toMatchObject({ kind: "Service" });
  expect(await call(server, "/api/v1/nodes/n")).toMatchObject({ kind: "Node", apiVersion: "v1" });
  expect(await call(server, "/api/v1/nodes/m")).toMatchObject({ status: 404, kind: "Status", reason: "NotFound" });
});

test("only the newest token is good, or a certificate of the authority", async () => {
  const old = server.token;
  server.rotateToken();
  expect((await call(server, services)).status).toBe(200);
  expect(await call(server, services, { token: old })).toMatchObject({ status: 401, reason: "Unauthorized" });
  expect((await call(server, services, { identity: server.issue({ commonName: "me" }) })).status).toBe(200);
  const expired = server.issue({ commonName: "me", days: -1 });
  expect((await call(server, services, { identity: expired })).status).toBe(401);
});

test("a resource that is switched off, or never was, is not found", async () => {
  server.put(serviceCIDR("kubernetes", "10.96.0.0/16"));
  const path = "/apis/networking.k8s.io/v1/servicecidrs";
  server.disable("servicecidrs");
  expect((await call(server, path)).status).toBe(404);
  server.enable("servicecidrs");
  expect(namesOf(await call(server, path))).toEqual(["kubernetes"]);
  expect((await call(server, "/apis/batch/v1/jobs")).status).toBe(404);
});

test("what is forbidden says to whom and what", async () => {
  server.forbid({ verb: "list", resource: "services" });
  const { status, message } = await call(server, services);
  expect(status).toBe(403);
  expect(message).toBe(
    'services is forbidden: User "system:serviceaccount:kube-system:kube-nft" cannot list resource "services" in API group "" at the cluster scope',
  );
  server.permit();
  expect((await call(server, services)).status).toBe(200);
});

test("Events are checked and kept", async () => {
  const path = "/apis/events.k8s.io/v1/namespaces/default/events";
  const event = {
    metadata: { generateName: "web." },
    regarding: { kind: "Service", namespace: "default", name: "web" },
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "kube-nft",
    reportingInstance: "node-1",
    action: "Sync",
    reason: "Bad",
    type: "Warning",
  };
  const created = await call(server, path, { method: "POST", body: event });
  expect(created).toMatchObject({ status: 201, kind: "Event", metadata: { namespace: "default" } });
  const { name = "" } = created.metadata;
  const patch = { series: { count: 2 } };
  expect(await call(server, `${path}/${name}`, { method: "PATCH", body: patch })).toMatchObject({
    status: 200,
    ...patch,
  });
  expect((await call(server, path)).items).toHaveLength(1);
  const twice = { ...event, metadata: { name } };
  expect((await call(server, path, { method: "POST", body: twice })).status).toBe(409);
  for (const wrong of [{ type: "Bad" }, { action: "" }, { eventTime: "2026" }, { regarding: { namespace: "x" } }]) {
    expect((await call(server, path, { method: "POST", body: { ...event, ...wrong } })).status).toBe(422);
  }
});
