import { expect, test } from "@jest/globals";
import { jsonList } from "../../../src/io/http/json-stream.ts";

async function partsOf(items: Iterable<unknown>, before?: string, after?: string): Promise<readonly string[]> {
  const { body } = jsonList(items, before, after);
  const parts: string[] = [];
  for await (const part of body) parts.push(String(part));
  return parts;
}

test.each([
  { items: [], before: "[", after: "]" },
  { items: [{ a: 1 }, "b"], before: "[", after: "]" },
  { items: [1, 2, 3], before: '{"head":true,"services":[', after: "]}" },
])("a list of $items between $before and $after is JSON", async ({ items, before, after }) => {
  const text = (await partsOf(items, before, after)).join("");
  expect(JSON.parse(text)).toEqual(JSON.parse(before + items.map((each) => JSON.stringify(each)).join() + after));
});

test("a long list comes in parts, and other work runs between any two", async () => {
  let turns = 0;
  let isOver = false;
  const takeTurns = () => {
    turns += 1;
    if (!isOver) setImmediate(takeTurns);
  };
  takeTurns();
  const long = Array.from({ length: 20_000 }, (_, index) => ({ name: `service-${index}` }));
  const [one, other] = await Promise.all([partsOf(long), partsOf(long)]);
  isOver = true;
  expect(JSON.parse(one.join(""))).toEqual(long);
  expect(other.length).toBeGreaterThan(5);
  expect(turns).toBeGreaterThanOrEqual(one.length + other.length - 2);
});
