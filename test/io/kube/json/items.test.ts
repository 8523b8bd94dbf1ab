import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { JSONItems } from "../../../../src/io/kube/json/items.ts";

type Taken = { readonly items: readonly unknown[]; readonly malformed: readonly string[]; readonly envelope: unknown };

/** Takes a text apart in chunks of these sizes, over and over. */
function take(text: string, sizes: readonly number[]): Taken {
  const items: unknown[] = [];
  const malformed: string[] = [];
  const list = new JSONItems({ onItem: (item) => items.push(item), onMalformed: (json) => malformed.push(json) });
  const bytes = Buffer.from(text);
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    list.push(bytes.subarray(from, from + size));
    from += size;
  }
  return { items, malformed, envelope: list.end() };
}

test("any list is split as JSON.parse reads it, however it is cut", () => {
  const spaces = fc.constantFrom(undefined, 1, "\t");
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.jsonValue(), spaces, sizes, (items, other, space, chunkSizes) => {
      const list = { kind: "ServiceList", metadata: { resourceVersion: "1", other: [other, "[", '"items":['] }, items };
      const last = { items, metadata: other };
      for (const value of [list, last]) {
        const taken = take(JSON.stringify(value, undefined, space), chunkSizes);
        expect(taken.items).toEqual(JSON.parse(JSON.stringify(items)));
        expect(taken.envelope).toEqual(JSON.parse(JSON.stringify({ ...value, items: [] })));
      }
    }),
  );
});

test("a list without items has none", () => {
  expect(take('{"kind":"ServiceList","items":null}', [9])).toEqual({
    items: [],
    malformed: [],
    envelope: { kind: "ServiceList", items: null },
  });
});

test("an item that is not JSON is passed on as it is, and so is the rest", () => {
  expect(take('{"items":[{"a":1},{"a":01},{"b":{}}],"c":1}', [4])).toEqual({
    items: [{ a: 1 }, { b: {} }],
    malformed: ['{"a":01}'],
    envelope: { items: [], c: 1 },
  });
});

test.each(["", "{", '{"items":[', '{"items":[{}', '{"items":[{}]', "<html>"])("%s is not complete", (text) => {
  expect(() => take(text, [100])).toThrow(SyntaxError);
});
