import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { root } from "./golden/fixture.ts";

/** What SECURITY.md promises, with the file and the title of the test that tries it. */
const promises = readFileSync(`${root}/SECURITY.md`, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:cannot|limit) \|/.test(line))
  .map((line) => [line.split(" | ")[0]?.slice(2) ?? "", line] as const);

test.each(promises)("a test tries: %s", (_, line) => {
  const [, file = "", title = ""] = /\| `(test\/[^`]+)` "([^"]+)" \|$/.exec(line) ?? [];
  expect({ line, isNamed: file !== "" }).toEqual({ line, isNamed: true });
  expect({ file, exists: existsSync(`${root}/${file}`) }).toEqual({ file, exists: true });
  expect(readFileSync(`${root}/${file}`, "utf8")).toContain(`"${title}"`);
});
