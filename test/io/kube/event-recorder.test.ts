import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Recorder } from "../../../src/io/kube/recorder.ts";
import { type Scene, setScene } from "./scene.ts";

let scene: Scene;
let now: number;
let failures: boolean[];
let recorder: Recorder;

beforeEach(async () => {
  scene = await setScene();
  now = 1_000_000;
  failures = [];
  const clock = { now: () => now, sleep: async () => {} };
  recorder = new Recorder(scene.connection, "node-1", clock, (_, isNew) => failures.push(isNew));
});
afterEach(() => scene.end());

function post(note: string): void {
  const regarding = { apiVersion: "v1", kind: "Service", namespace: "default", name: "web" };
  recorder.post({ type: "Warning", reason: "SetAside", action: "Sync", note, regarding });
}

/** How many Events the server has once all that were sent have arrived. */
async function events(expected: number): Promise<number> {
  for (let tries = 0; tries < 200 && scene.server.count({ verb: "create" }) < expected; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  return scene.server.count({ verb: "create" });
}

test("the same is told once in ten minutes", async () => {
  for (let times = 0; times < 5; times++) post("refused");
  now += 599_999;
  post("refused");
  expect(await events(1)).toBe(1);
  now += 1;
  post("refused");
  expect(await events(2)).toBe(2);
});

test("there are ten at once, and one in six seconds after that", async () => {
  for (let index = 0; index < 50; index++) post(`refused ${index}`);
  expect(await events(10)).toBe(10);
  now += 12_000;
  for (let index = 50; index < 100; index++) post(`refused ${index}`);
  expect(await events(12)).toBe(12);
});

test("a failure is told to whoever cares, and ends nothing", async () => {
  scene.server.fail({ kind: "status", code: 500 }, 2, { verb: "create" });
  for (const [index, note] of ["lost", "lost too", "told"].entries()) {
    post(note);
    expect(await events(index + 1)).toBe(index + 1);
  }
  expect(failures).toEqual([true, false]);
});
