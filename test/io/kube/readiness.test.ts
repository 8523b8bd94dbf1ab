import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Store } from "../../../src/daemon/store.ts";
import { watchCluster } from "../../../src/io/kube/cluster.ts";
import { Readiness } from "../../../src/io/kube/readiness.ts";
import type { ReadinessReport, ReflectorReport } from "../../../src/io/kube/sink.ts";
import type { APIServer } from "../../api-server/api-server.ts";
import { endpointSlice, node, service, serviceCIDR } from "../../api-server/objects.ts";
import { type Scene, setScene } from "./scene.ts";

let scene: Scene;
let server: APIServer;

beforeEach(async () => {
  scene = await setScene();
  ({ server } = scene);
});
afterEach(() => scene.end());

const readyz = { resource: "readyz" } as const;

type Report = ReflectorReport | ReadinessReport;

/** Watches a small cluster; resolves when all of its watches are open. */
async function watchAll() {
  const reports: (readonly [string, Report])[] = [];
  const store = new Store();
  server.put(node("node-1"), service("web"), endpointSlice("web", ["10.0.0.1"]), serviceCIDR("c", "10.96.0.0/16"));
  const cluster = watchCluster(
    {
      connection: scene.connection,
      nodeName: "node-1",
      store,
      onProblems: () => {},
      onReport: (resource, report) => {
        reports.push([resource, report]);
        if (resource === "readyz") scene.recorder.reportReadiness(report as ReadinessReport);
      },
      clock: scene.recorder.clock,
    },
    scene.abort.signal,
  );
  scene.running = cluster.ended.then(() => undefined);
  await cluster.complete;
  await server.untilWatches(5);
  return { store, failures: () => reports.filter(([, { kind }]) => kind === "failed").map(([resource]) => resource) };
}

/** What was asked since the start of the log's position, in order: `watch services`. */
function requestsFrom(position: number): readonly string[] {
  return server.requests.slice(position).map(({ verb, resource }) => `${verb} ${resource}`);
}

test("while the server is away, one request checks for all, every second and then less often", async () => {
  const { failures } = await watchAll();
  const { recorder } = scene;
  server.refuse();
  await recorder.until(() => recorder.readiness.length >= 250);
  expect(new Set(failures())).toEqual(new Set(["readyz"]));
  const [jitter, ...pauses] = recorder.pauses;
  expect(jitter).toBe(500);
  // The clock's chance is always 1, which makes the pauses as short as they can be: three quarters of their period.
  const bounds = pauses.map((ms) => ms / 0.75);
  let away = 0;
  for (const [index, ms] of pauses.entries()) {
    const bound = bounds[index] ?? 0;
    expect(bound).toBeLessThanOrEqual(away < 58_000 ? 1_001 : 5_000);
    away += ms;
  }
  expect(away).toBeGreaterThan(300_000);
  expect(bounds.at(-1)).toBeGreaterThan(4_000);
  await server.accept();
  await server.untilWatches(5);
});

test("when it is back, all continue at once, from their versions if it still has them", async () => {
  const { store } = await watchAll();
  server.refuse();
  await scene.recorder.until(() => scene.recorder.readiness.length >= 3);
  const position = server.requests.length;
  server.put(service("new"));
  await server.accept();
  await server.untilWatches(5);
  expect(requestsFrom(position)[0]).toBe("get readyz");
  expect(requestsFrom(position).slice(1).sort()).toEqual([
    "watch endpointslices",
    "watch nodes",
    "watch servicecidrs",
    "watch services",
    "watch services",
  ]);
  expect(store.services.has("default/new")).toBe(true);
});

test("if it no longer has the versions, each needs one more list, and none waits", async () => {
  const { failures } = await watchAll();
  server.refuse();
  await scene.recorder.until(() => scene.recorder.readiness.length >= 3);
  const position = server.requests.length;
  const failed = failures().length;
  server.compact();
  server.put(service("new"));
  await server.accept();
  await server.until(() => server.count({ verb: "list" }) === 10 && server.watches() === 5);
  const asked = requestsFrom(position);
  expect(asked.filter((each) => each.startsWith("watch"))).toHaveLength(10);
  expect(asked.filter((each) => each.startsWith("list"))).toHaveLength(5);
  expect(
    failures()
      .slice(failed)
      .filter((resource) => resource !== "readyz"),
  ).toEqual([]);
});

test("a server that is up but not ready is asked nothing else, over one connection", async () => {
  await watchAll();
  server.fail({ kind: "status", code: 500 }, 10, readyz);
  const position = server.requests.length;
  server.cut();
  const { total } = server.connections;
  await server.until(() => server.count(readyz) === 10);
  expect(server.connections.total).toBe(total + 1);
  await server.untilWatches(5);
  expect(requestsFrom(position).slice(0, 11)).toEqual(Array(11).fill("get readyz"));
});

test.each<[number, boolean]>([
  [200, true],
  [401, true],
  [403, true],
  [404, true],
  [429, false],
  [500, false],
  [503, false],
])("an answer of %d means that it is there: %s", async (code, isThere) => {
  const { connection, recorder, abort } = scene;
  const readiness = new Readiness(connection, recorder.clock, recorder.reportReadiness);
  // Credentials that are refused are read again, once.
  if (code !== 200) server.fail({ kind: "status", code }, code === 401 ? 2 : 1, readyz);
  expect(await readiness.wait(abort.signal)).toBe(!isThere);
  expect(recorder.readiness.map(({ kind }) => kind)).toEqual(isThere ? [] : ["failed", "ready"]);
});

test("a silent server is asked again", async () => {
  const { connection, recorder, abort } = scene;
  const readiness = new Readiness(connection, recorder.clock, recorder.reportReadiness);
  server.fail({ kind: "stall" }, 1, readyz);
  expect(await readiness.wait(abort.signal)).toBe(true);
  expect(recorder.readiness[0]).toMatchObject({ error: { message: expect.stringContaining("not answered for 2 s") } });
});
