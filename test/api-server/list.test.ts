import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type APIServer, startAPIServer } from "./api-server.ts";
import { call, namesOf } from "./client.ts";
import { service } from "./objects.ts";

let server: APIServer;

beforeEach(async () => {
  server = await startAPIServer({ historyLimit: 10 });
});
afterEach(() => server.stop());

const services = "/api/v1/services";

test("lists are in the order of namespace and name", async () => {
  for (const [namespace, name] of [
    ["b", "a"],
    ["a", "b"],
    ["a-b", "c"],
    ["a", "a"],
  ] as const) {
    server.put(service(name, { namespace }));
  }
  const list = await call(server, services);
  expect(list.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
    "a-b/c",
    "a/a",
    "a/b",
    "b/a",
  ]);
  expect(namesOf(await call(server, "/api/v1/namespaces/a/services"))).toEqual(["a", "b"]);
});

test("pages are all of the moment of the first", async () => {
  for (const name of ["a", "b", "c", "d", "e"]) server.put(service(name));
  const first = await call(server, `${services}?limit=2`);
  expect(namesOf(first)).toEqual(["a", "b"]);
  expect(first.metadata.remainingItemCount).toBe(3);
  server.put(service("bb"));
  server.delete(service("d"));
  server.patch(service("e"), { metadata: { labels: { new: "" } } });
  const second = await call(server, `${services}?limit=2&continue=${first.metadata.continue}`);
  expect(namesOf(second)).toEqual(["c", "d"]);
  const third = await call(server, `${services}?limit=2&continue=${second.metadata.continue}`);
  expect(namesOf(third)).toEqual(["e"]);
  expect(third.items[0]?.metadata.labels).toBeUndefined();
  expect(third.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
  expect(namesOf(await call(server, services))).toEqual(["a", "b", "bb", "c", "e"]);
});

test("pages of a selection hold selected objects only", async () => {
  for (const name of ["a", "b", "c", "d"]) server.put(service(name, name === "b" ? { labels: { hidden: "" } } : {}));
  const first = await call(server, `${services}?limit=2&labelSelector=!hidden`);
  expect(namesOf(first)).toEqual(["a", "c"]);
  expect(first.metadata.remainingItemCount).toBeUndefined();
  const second = await call(server, `${services}?limit=2&labelSelector=!hidden&continue=${first.metadata.continue}`);
  expect(namesOf(second)).toEqual(["d"]);
});

test("a continue token is refused once its state is forgotten, or when it is none", async () => {
  for (const name of ["a", "b", "c"]) server.put(service(name));
  const { metadata } = await call(server, `${services}?limit=1`);
  server.compact();
  const expired = await call(server, `${services}?limit=1&continue=${metadata.continue}`);
  expect(expired).toMatchObject({ status: 410, reason: "Expired", code: 410 });
  expect((await call(server, `${services}?continue=x`)).status).toBe(400);
  expect((await call(server, `${services}?continue=${metadata.continue}&resourceVersion=5`)).status).toBe(400);
});

test("resourceVersion and resourceVersionMatch of lists", async () => {
  const old = server.put(service("a"));
  const now = server.put(service("b"));
  const list = async (query: string) => {
    const body = await call(server, `${services}?${query}`);
    return body.status === 200 ? `${namesOf(body).join()}@${body.metadata.resourceVersion}` : body.status;
  };
  expect(await list("")).toBe(`a,b@${now}`);
  expect(await list("resourceVersion=0&limit=1")).toBe(`a,b@${now}`);
  expect(await list(`resourceVersion=${old}`)).toBe(`a,b@${now}`);
  expect(await list(`resourceVersion=${old}&limit=1`)).toBe(`a@${old}`);
  expect(await list(`resourceVersion=${old}&resourceVersionMatch=Exact`)).toBe(`a@${old}`);
  expect(await list(`resourceVersion=${old}&resourceVersionMatch=NotOlderThan&limit=1`)).toBe(`a,b@${now}`);
  expect(await list("resourceVersion=1&resourceVersionMatch=Exact")).toBe(`@1`);
  expect(await list(`resourceVersion=${Number(now) + 1}`)).toBe(504);
  expect(await list("resourceVersion=x")).toBe(400);
  expect(await list("resourceVersionMatch=Exact")).toBe(400);
  server.compact();
  expect(await list(`resourceVersion=${old}&resourceVersionMatch=Exact`)).toBe(410);
  expect(await list(`resourceVersion=${old}`)).toBe(`a,b@${server.resourceVersion}`);
});

test.each([
  ["tier", "db,web"],
  ["!tier", "none"],
  ["tier=web", "web"],
  ["tier==web", "web"],
  ["tier!=web", "db,none"],
  ["tier in (web, db)", "db,web"],
  ["tier notin (web)", "db,none"],
  ["tier,tier!=db", "web"],
  ["tier=", ""],
  ["!tier,!service.kubernetes.io/service-proxy-name", "none"],
])("labelSelector %s selects %s", async (selector, names) => {
  server.put(service("web", { labels: { tier: "web" } }), service("db", { labels: { tier: "db" } }), service("none"));
  const list = await call(server, `${services}?labelSelector=${encodeURIComponent(selector)}`);
  expect(namesOf(list).join()).toBe(names);
});

test.each([
  ["metadata.name=b", "b"],
  ["spec.clusterIP!=None", "a"],
  ["spec.clusterIP==None,metadata.namespace=default", "b"],
])("fieldSelector %s selects %s", async (selector, names) => {
  server.put(service("a"), service("b", {}, { clusterIP: "None" }));
  const list = await call(server, `${services}?fieldSelector=${encodeURIComponent(selector)}`);
  expect(namesOf(list).join()).toBe(names);
});

test.each(["fieldSelector=spec.ports=80", "fieldSelector=x", "labelSelector=a%20b", "labelSelector=!a=b"])(
  "?%s is refused",
  async (query) => {
    expect(await call(server, `${services}?${query}`)).toMatchObject({ status: 400, kind: "Status" });
  },
);

test("an old server does not know all fields", async () => {
  server.put(service("web"));
  server.disable("services", "spec.clusterIP");
  const answer = await call(server, `${services}?fieldSelector=spec.clusterIP!=None`);
  expect(answer).toMatchObject({ status: 400, message: "field label not supported: spec.clusterIP" });
  expect(namesOf(await call(server, `${services}?fieldSelector=metadata.name=web`))).toEqual(["web"]);
});
