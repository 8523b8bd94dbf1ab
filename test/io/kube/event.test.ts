import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type KubeEvent, postEvent } from "../../../src/io/kube/event.ts";
import type { APIServer } from "../../api-server/api-server.ts";
import { call } from "../../api-server/client.ts";
import { type Scene, setScene } from "./scene.ts";

let scene: Scene;
let server: APIServer;

beforeEach(async () => {
  scene = await setScene();
  ({ server } = scene);
});
afterEach(() => scene.end());

const reporter = { controller: "kube-nft", instance: "node-1" };
const event: KubeEvent = {
  type: "Warning",
  reason: "FrontendConflict",
  action: "Compile",
  note: "10.96.0.1:80 is served for default/older",
  regarding: { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web" },
  time: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
};

function eventsIn(namespace: string) {
  return call(server, `/apis/events.k8s.io/v1/namespaces/${namespace}/events`);
}

test("an Event is posted where its object is", async () => {
  await postEvent(scene.connection, reporter, event);
  const { items } = await eventsIn("shop");
  expect(items).toMatchObject([
    {
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]{16}$/), namespace: "shop" },
      type: "Warning",
      reason: "FrontendConflict",
      note: "10.96.0.1:80 is served for default/older",
      regarding: event.regarding,
      eventTime: "2026-01-02T03:04:05.006000Z",
      reportingController: "kube-nft",
      reportingInstance: "node-1",
    },
  ]);
});

test("Events of Nodes are in the namespace default, and may be many", async () => {
  const regarding = { apiVersion: "v1", kind: "Node", name: "node-1" };
  await Promise.all([1, 2, 3].map(() => postEvent(scene.connection, reporter, { ...event, regarding })));
  expect((await eventsIn("default")).items).toHaveLength(3);
});

test("a long note is cut where a character ends", async () => {
  await postEvent(scene.connection, reporter, { ...event, note: `a${"€".repeat(600)}` });
  expect((await eventsIn("shop")).items).toMatchObject([{ note: `a${"€".repeat(341)}` }]);
});

test("control characters are visible in a note", async () => {
  await postEvent(scene.connection, reporter, { ...event, note: "nft\u001b[2J\n\u202e" });
  expect((await eventsIn("shop")).items).toMatchObject([{ note: "nft\\u001b[2J\\u000a\\u202e" }]);
});

test("an Event that is refused is an error with the words of the server", async () => {
  await expect(postEvent(scene.connection, reporter, { ...event, reason: "" })).rejects.toThrow(
    /cannot create events at .*: 422 \(.*reason: Required value\)/,
  );
});
