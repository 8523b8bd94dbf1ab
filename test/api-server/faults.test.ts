import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type APIServer, startAPIServer } from "./api-server.ts";
import { call, watch } from "./client.ts";
import { service } from "./objects.ts";

let server: APIServer;

beforeEach(async () => {
  server = await startAPIServer();
});
afterEach(() => server.stop());

const services = "/api/v1/services";

test("errors come as often as asked for, and where", async () => {
  server.fail({ kind: "status", code: 503 }, 2, { verb: "list", resource: "services" });
  expect((await call(server, "/api/v1/nodes")).status).toBe(200);
  expect((await call(server, services)).status).toBe(503);
  expect(await call(server, services)).toMatchObject({ status: 503, kind: "Status", reason: "ServiceUnavailable" });
  expect((await call(server, services)).status).toBe(200);
  server.fail({ kind: "status", code: 500 }, 100);
  server.heal();
  expect((await call(server, services)).status).toBe(200);
});

test("a cut resets watches, and the server goes on", async () => {
  const next = await watch(server, services);
  server.cut();
  await expect(next()).rejects.toMatchObject({ code: "ECONNRESET" });
  expect((await call(server, services)).status).toBe(200);
});

test("a refusing server accepts again at its port", async () => {
  const { url } = server;
  server.refuse();
  await expect(call(server, services)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await server.accept();
  expect(server.url).toBe(url);
  expect((await call(server, services)).status).toBe(200);
});

test("a frozen connection stays open and silent; new ones work", async () => {
  const next = await watch(server, `${services}?timeoutSeconds=0.05`);
  server.freeze();
  server.put(service("a"));
  const other = await watch(server, services);
  expect(await other()).toMatchObject({ type: "ADDED" });
  let said = false;
  void next().then(
    () => {
      said = true;
    },
    () => {},
  );
  // Past the time-out of the frozen one.
  await expect((await watch(server, `${services}?timeoutSeconds=0.1&resourceVersion=101`))()).resolves.toBeUndefined();
  expect(said).toBe(false);
  expect(server.connections.open).toBeGreaterThan(1);
});

test.each([{ kind: "reset" }, { kind: "truncate", text: '{"kind":' }] as const)(
  "$kind breaks one answer",
  async (fault) => {
    server.fail(fault);
    await expect(call(server, services)).rejects.toThrow();
    expect((await call(server, services)).status).toBe(200);
  },
);

test("an answer may be any text, late, or never come", async () => {
  server.fail({ kind: "text", text: '{"kind":"Nonsense"}' });
  expect(await call(server, services)).toMatchObject({ kind: "Nonsense" });
  server.fail({ kind: "delay", ms: 20 });
  expect((await call(server, services)).status).toBe(200);
  server.fail({ kind: "stall" });
  const never = call(server, services);
  await server.until(() => server.count({ verb: "list" }) === 3);
  server.cut();
  await expect(never).rejects.toThrow();
});

test("watches can be sent anything", async () => {
  const next = await watch(server, `${services}?resourceVersion=100`);
  server.send("services", '{"type":"ADDED","object":{"kind":"Service"}}\n');
  expect(await next()).toEqual({ type: "ADDED", object: { kind: "Service" } });
});

test("requests are on record", async () => {
  await call(server, `${services}?limit=3`);
  await call(server, "/nothing");
  expect(server.requests.map(({ verb, resource, query, status }) => ({ verb, resource, query, status }))).toEqual([
    { verb: "list", resource: "services", query: { limit: "3" }, status: 200 },
    { verb: "get", resource: "", query: {}, status: 404 },
  ]);
  expect(server.count({ resource: "services" })).toBe(1);
});
