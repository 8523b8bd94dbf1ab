import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { protobufEvents } from "../../../../src/io/kube/protobuf/events.ts";
import { ProtobufItems } from "../../../../src/io/kube/protobuf/items.ts";
import { messages } from "../../../../src/io/kube/protobuf/objects.ts";
import { encode, encodeList, envelope, frame } from "../../../api-server/protobuf.ts";

const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
const names = fc.array(fc.string({ minLength: 1, maxLength: 300 }), { maxLength: 20 });

function* chunks(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(from, from + size);
    from += size;
  }
}

function take(bytes: Buffer, chunkSizes: readonly number[]) {
  const items: unknown[] = [];
  const malformed: string[] = [];
  const list = new ProtobufItems(messages.get("Service") ?? [], {
    onItem: (item) => items.push(item),
    onMalformed: (text) => malformed.push(text),
  });
  for (const chunk of chunks(bytes, chunkSizes)) list.push(chunk);
  return { items, malformed, envelope: list.end() };
}

const service = (name: string) => encode("Service", { metadata: { name } });
const metadata = { resourceVersion: "7", continue: "more", remainingItemCount: 3 };

test("a list is split however it is cut", () => {
  fc.assert(
    fc.property(names, sizes, (all, chunkSizes) => {
      const taken = take(encodeList("v1", "Service", metadata, all.map(service)), chunkSizes);
      expect(taken).toEqual({
        items: all.map((name) => ({ metadata: { name }, spec: {}, status: { loadBalancer: {} } })),
        malformed: [],
        envelope: { metadata: { resourceVersion: "7", continue: "more" } },
      });
    }),
  );
});

test("an item that cannot be read is lost, and nothing else", () => {
  const bytes = encodeList("v1", "Service", metadata, [service("a"), Buffer.from("0a020801", "hex"), service("b")]);
  const { items, malformed } = take(bytes, [5]);
  expect(items).toMatchObject([{ metadata: { name: "a" } }, { metadata: { name: "b" } }]);
  expect(malformed).toEqual([expect.stringContaining("wire type")]);
});

test("a list that is cut is not complete", () => {
  const bytes = encodeList("v1", "Service", metadata, [service("a"), service("b")]);
  const whole = bytes.length;
  for (let length = 0; length < whole - 4; length++) {
    expect(() => take(bytes.subarray(0, length), [7])).toThrow(SyntaxError);
  }
  expect(take(bytes, [7]).items).toHaveLength(2);
});

test("other bytes are not a list, and cause no other error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), sizes, (tail, chunkSizes) => {
      try {
        take(Buffer.concat([Buffer.from("k8s\0"), tail]), chunkSizes);
      } catch (error) {
        expect(`${error}`).toMatch(/^SyntaxError|has more than/);
      }
    }),
  );
});

test("an item that says to be longer than any object ends the list at once", () => {
  const head = Buffer.from("k8s\0");
  // A list of 2 GB whose first item is one of 1 GB.
  const begin = Buffer.from("128080808008128080808004", "hex");
  expect(() => take(Buffer.concat([head, begin]), [100])).toThrow("has more than 64 MB");
});

const added = (name: string) => frame("ADDED", envelope("v1", "Service", service(name)));

test("events are read however they are cut", () => {
  fc.assert(
    fc.property(names, sizes, (all, chunkSizes) => {
      const read = protobufEvents();
      const events = [...chunks(Buffer.concat(all.map(added)), chunkSizes)].flatMap(read);
      expect(events).toMatchObject(all.map((name) => ({ kind: "upserted", object: { metadata: { name } } })));
    }),
  );
});

test("each type of event is read", () => {
  const read = protobufEvents();
  const bookmark = encode("Service", { metadata: { resourceVersion: "9" } });
  const gone = encode("Status", { status: "Failure", message: "too old", reason: "Expired", code: 410 });
  const frames = [
    frame("MODIFIED", envelope("v1", "Service", service("a"))),
    frame("DELETED", envelope("v1", "Service", service("a"))),
    frame("BOOKMARK", envelope("v1", "Service", bookmark)),
    frame("ERROR", envelope("v1", "Status", gone)),
    frame("TURNED", envelope("v1", "Service", service("a"))),
  ];
  expect(read(Buffer.concat(frames))).toMatchObject([
    { kind: "upserted", object: { apiVersion: "v1", kind: "Service", metadata: { name: "a" } } },
    { kind: "deleted" },
    { kind: "bookmark", object: { metadata: { resourceVersion: "9" } } },
    { kind: "error", code: 410, message: "too old" },
    { kind: "malformed", text: expect.stringContaining("TURNED") },
  ]);
});

test("no contents of a frame end the watch", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), sizes, (all, chunkSizes) => {
      const framed = all.map((bytes) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
      });
      const read = protobufEvents();
      const events = [...chunks(Buffer.concat([...framed, added("a")]), chunkSizes)].flatMap(read);
      expect(events).toHaveLength(all.length + 1);
      expect(events.at(-1)).toMatchObject({ kind: "upserted", object: { metadata: { name: "a" } } });
    }),
  );
});

test("a frame that says to be longer than any object is too long", () => {
  expect(() => protobufEvents()(Buffer.from("7fffffff", "hex"))).toThrow("has more than 64 MB");
});
