import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Recorder } from "../../../src/io/kube/recorder.ts";
import { call } from "../../api-server/client.ts";
import { eventually } from "../../support/eventually.ts";
import { type Scene, setScene } from "./scene.ts";

let scene: Scene;
let now: number;
let sleepers: { readonly at: number; readonly wake: () => void }[];
let failures: boolean[];
let recorder: Recorder;

const clock = {
  now: () => now,
  sleep: (ms: number) =>
    new Promise<void>((resolve) => {
      if (ms > 0) sleepers.push({ at: now + ms, wake: resolve });
      else resolve();
    }),
};

function recorderOf(nodeName: string): Recorder {
  const onFailure = (_: unknown, isNew: boolean) => failures.push(isNew);
  return new Recorder({ connection: scene.connection, nodeName, clock, random: () => 0.5, onFailure });
}

beforeEach(async () => {
  scene = await setScene();
  now = 1_000_000;
  sleepers = [];
  failures = [];
  recorder = recorderOf("node-1");
});
afterEach(() => scene.end());

const regarding = { apiVersion: "v1", kind: "Service", namespace: "default", name: "web" };
const event = { type: "Warning", reason: "SetAside", action: "Sync", regarding } as const;

function post(note: string): void {
  recorder.post({ ...event, note });
}

/** Waits until it has sent what it can, and sleeps. */
function untilAsleep(): Promise<void> {
  return eventually(async () => sleepers.length > 0, true);
}

function pass(ms: number): void {
  now += ms;
  for (const { wake } of sleepers.filter(({ at }) => at <= now)) wake();
  sleepers = sleepers.filter(({ at }) => at > now);
}

/** The notes of the Events that the server has, in alphabetical order, when there are as many as expected. */
async function told(expected: number): Promise<readonly unknown[]> {
  await eventually(async () => (await notes()).length >= expected, true);
  return notes();
}

async function notes(): Promise<readonly unknown[]> {
  const { items } = await call(scene.server, "/apis/events.k8s.io/v1/events");
  return (items as unknown as readonly { readonly note: unknown }[]).map(({ note }) => note).sort();
}

test("the same Event is posted once in ten minutes", async () => {
  for (let times = 0; times < 5; times++) post("refused");
  pass(599_999);
  post("refused");
  expect(await told(1)).toEqual(["refused"]);
  pass(1);
  post("refused");
  expect(await told(2)).toEqual(["refused", "refused"]);
});

test("ten are posted at once, and all others later, one in six seconds", async () => {
  const notes = Array.from({ length: 15 }, (_, index) => `refused ${String(index).padStart(2, "0")}`);
  for (const note of notes) post(note);
  await untilAsleep();
  expect(await told(10)).toEqual(notes.slice(0, 10));
  for (let index = 11; index <= 15; index++) {
    pass(6_000);
    expect(await told(index)).toEqual(notes.slice(0, index));
  }
});

test("an Event is posted when the API server is back, and is not retried if the server refuses it", async () => {
  scene.server.fail({ kind: "status", code: 503 }, 2, { verb: "create" });
  post("first");
  post("second");
  await untilAsleep();
  pass(30_000);
  await untilAsleep();
  expect(await told(0)).toEqual([]);
  expect(failures).toEqual([true, false]);
  pass(30_000);
  expect(await told(2)).toEqual(["first", "second"]);
  scene.server.fail({ kind: "status", code: 422 }, 1, { verb: "create" });
  post("bad");
  post("good");
  pass(60_000);
  expect(await told(3)).toEqual(["first", "good", "second"]);
});

test("an Event that could not be posted for an hour is dropped", async () => {
  scene.server.fail({ kind: "status", code: 503 }, 2, { verb: "create" });
  post("old");
  await untilAsleep();
  pass(3_600_001);
  await recorder.settled();
  expect(await told(0)).toEqual([]);
  expect(scene.server.count({ verb: "create" })).toBe(2);
});

test("an Event that all nodes share is posted once", async () => {
  const nodes = ["node-1", "node-2", "node-3"].map(recorderOf);
  for (const subject of ["older", "eldest"]) {
    for (const [index, node] of nodes.entries()) {
      node.share({ ...event, reason: "FrontendConflict", subject, note: () => `of ${subject}, as node ${index} says` });
    }
  }
  expect(await told(0)).toEqual([]);
  pass(5_000);
  expect(await told(2)).toEqual([expect.stringContaining("of eldest,"), expect.stringContaining("of older,")]);
  await eventually(async () => scene.server.count({ verb: "create" }), 6);
  expect(failures).toEqual([]);
});

test("an Event that no longer applies when its turn comes is not posted", async () => {
  let note: string | undefined = "denied";
  recorder.share({ ...event, subject: "older", note: () => note });
  note = undefined;
  pass(5_000);
  recorder.share({ ...event, subject: "eldest", note: () => "denied, too" });
  pass(5_000);
  expect(await told(1)).toEqual(["denied, too"]);
});
