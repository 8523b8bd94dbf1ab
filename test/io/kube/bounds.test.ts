import { expect, test } from "@jest/globals";
import { decodeService } from "../../../src/decode/service.ts";
import { Bytes } from "../../../src/io/kube/bytes.ts";
import { readList } from "../../../src/io/kube/list.ts";
import { Replica } from "../../../src/io/kube/replica.ts";
import { services } from "../../../src/io/kube/resources.ts";
import { service } from "../../api-server/objects.ts";
import { recorder, scene, server, useScene } from "./scene.ts";

useScene();

const megabyte = 1 << 20;
const text = "x".repeat(megabyte);

test("a line without an end ends the watch", async () => {
  server.put(service("a"));
  server.fail({ kind: "flood", head: '{"type":"ADDED","object":"', text, bytes: 200 * megabyte }, 1, { verb: "watch" });
  const ended = recorder.next("ended");
  scene.reflect();
  const { cause, error } = await ended;
  expect([cause, error?.message]).toEqual(["error", "one part of the API server's answer has more than 64 MB"]);
  server.put(service("b"));
  await scene.untilHas("b");
});

test.each([
  ["an object", '{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"', "64 MB"],
  ["what is around its objects", '{"metadata":{"resourceVersion":"', "1 MB"],
])("a list in which %s has no end is aborted", async (_, head, most) => {
  server.put(service("a"));
  server.fail({ kind: "flood", head, text, bytes: 200 * megabyte }, 1, { verb: "list" });
  const failed = recorder.next("failed");
  scene.reflect();
  expect((await failed).error.message).toBe(`one part of the API server's answer has more than ${most}`);
  await scene.untilHas("a");
});

test("of an endless error, only the beginning is read", async () => {
  server.fail({ kind: "flood", code: 500, head: '{"message":"', text, bytes: 50 * megabyte }, 1, { verb: "list" });
  const failed = recorder.next("failed");
  scene.reflect();
  expect((await failed).error.message).toBe(`cannot list services at ${server.url}: 500`);
});

test("a long message of a server is cut, and shown in one line", async () => {
  const body = JSON.stringify({ message: `\u001b[2J\n${"y".repeat(5000)}` });
  server.fail({ kind: "flood", code: 500, head: body, text: " ", bytes: 0 }, 1, { verb: "list" });
  const failed = recorder.next("failed");
  scene.reflect();
  const { message } = (await failed).error;
  expect(message).toContain("500 (\\u001b[2J yyy");
  expect(message.length).toBeLessThan(500);
});

const item = service("again");

test.each([
  ["goes in circles", [item], false, "2 pages with 2 objects do not lead to its end"],
  ["has empty pages", [], true, "1 pages with 0 objects do not lead to its end"],
  ["has ever new pages", Array<object>(1000).fill(item), true, "6 pages with 6000 objects do not lead to its end"],
])("a list that %s is aborted", async (_, items, isNew, words) => {
  server.fail({ kind: "page", items, isNew }, 100, { verb: "list" });
  const ignore = () => {};
  const ignored = { onItem: ignore, onMalformed: ignore, onRestart: ignore };
  const options = { wants: "read", ...ignored, limit: 500, maxObjects: 5000 } as const;
  const listing = readList(scene.connection, services, options);
  await expect(listing).rejects.toThrow(`cannot list services at ${server.url}: the list has no end: ${words}`);
});

/** `{"a":{"a":… }}`, so deep that a function that calls itself would not get to its end. */
function deep(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

test.each([
  ["without a name", (nested: string) => nested],
  ["as a name", (nested: string) => `{"metadata":{"name":${nested}}}`],
  ["as metadata", (nested: string) => `{"metadata":${nested}}`],
  ["as labels", (nested: string) => `{"metadata":{"name":"odd","namespace":"default","labels":${nested}},"spec":{}}`],
  ["as a spec", (nested: string) => `{"metadata":{"name":"odd","namespace":"default"},"spec":${nested}}`],
  [
    "as ports",
    (nested: string) =>
      `{"metadata":{"name":"odd","namespace":"default"},"spec":{"clusterIP":"10.0.0.1","ports":[${nested}]}}`,
  ],
])("an object nested 100,000 deep %s is lost, and nothing else", async (_, object) => {
  server.speakJSON();
  server.put(service("a"));
  await scene.reflectUntilWatching();
  const odd = object(deep(100_000));
  server.send("services", `{"type":"ADDED","object":${odd}}\n`);
  server.send("services", `{"type":"DELETED","object":${odd}}\n`);
  server.put(service("b"));
  await scene.untilHas("b");
  expect(recorder.count("ended")).toBe(0);
  const replica = new Replica(services, decodeService, { ...recorder, upserted: () => {} });
  replica.upsert(JSON.parse(odd));
  const list = replica.list();
  list.add(JSON.parse(odd));
  list.complete();
});

test("parts are put together, whatever their sizes, and bounded", () => {
  const bytes = new Bytes(10);
  for (const part of ["a", "", "bcd", "efg"]) bytes.push(Buffer.from(part));
  expect(bytes.take(Buffer.from("hij")).toString()).toBe("abcdefghij");
  expect(bytes.length).toBe(0);
  expect(bytes.take(Buffer.from("k")).toString()).toBe("k");
  bytes.push(Buffer.alloc(10));
  expect(() => bytes.push(Buffer.alloc(1))).toThrow("more than 0 MB");
  expect(() => new Bytes(10).take(Buffer.alloc(11))).toThrow("more than 0 MB");
});
