import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Captured } from "../support/captured.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { script, scriptApart } from "../support/script.ts";

import { fixtureNames, heading, namesIn, root } from "./fixture.ts";
import { iptablesCases } from "./iptables.ts";
import type { Loaded } from "./load.ts";

/** With UPDATE_GOLDEN=1 the tests write what they would compare. */
const { UPDATE_GOLDEN } = process.env;
const isUpdate = UPDATE_GOLDEN === "1";

describe("each fixture's command prints the ruleset in rules/, and its problems", () => {
  let ran: Readonly<Record<string, Captured>> = {};
  beforeAll(async () => {
    ran = await script("test/golden/commands.ts");
  });
  test.each(fixtureNames)("%s", (fixture) => {
    const { stdout = "", stderr = "", exitCode } = ran[fixture] ?? {};
    expectFile(`rules/${fixture}.nft`, stdout);
    expectFile(`rules/${fixture}.problems.txt`, stderr);
    expect(exitCode).toBe(0);
  });
  test.each(iptablesCases)("$fixture, -o $output", ({ fixture, output }) => {
    const { stdout = "", exitCode } = ran[`${fixture}.${output}`] ?? {};
    expectFile(`rules/${fixture}.${output}`, stdout);
    expect(exitCode).toBe(0);
  });
});

kernelTest("each golden ruleset loads, twice with the same result", async (nft) => {
  const loaded = await scriptApart<readonly Loaded[]>(nft, "test/golden/load.ts");
  expect(loaded.length).toBeGreaterThan(0.9 * fixtureNames.length);
  for (const { fixture, once, twice } of loaded) {
    expect({ fixture, lines: once }).not.toEqual({ fixture, lines: [] });
    expect({ fixture, lines: twice }).toEqual({ fixture, lines: once });
  }
});

test.each(fixtureNames)("fixtures/%s.yaml says what compiles it and why it exists", (fixture) => {
  const { args, why } = heading(fixture);
  expect(args.slice(0, 3)).toEqual(["render", "-f", `fixtures/${fixture}.yaml`]);
  expect(why).toMatch(/^# .+ \([^()]*[ABDW]-\d+[^()]*\)/);
});

test.each([".nft", ".problems.txt", ".iptables", ".ip6tables"])(
  "there is no rules/*%s without its fixture",
  (ending) => {
    const cases: readonly string[] = ending.endsWith("tables")
      ? iptablesCases.flatMap(({ fixture, output }) => (ending === `.${output}` ? [fixture] : []))
      : fixtureNames;
    const orphans = namesIn("rules", ending).filter((name) => !cases.includes(name));
    if (isUpdate) for (const name of orphans) rmSync(`${root}/rules/${name}${ending}`);
    else expect(orphans).toEqual([]);
  },
);

test("every file in fixtures/config is used by a fixture", () => {
  const used = fixtureNames.flatMap((fixture) => heading(fixture).args);
  const unused = namesIn("fixtures/config", "").filter((file) => !used.includes(`fixtures/config/${file}`));
  expect(unused).toEqual([]);
});

/** A missing file stands for an empty text. */
function expectFile(path: string, text: string): void {
  const file = `${root}/${path}`;
  if (!isUpdate) expect(`${path}:\n${text}`).toBe(`${path}:\n${existsSync(file) ? readFileSync(file, "utf8") : ""}`);
  else if (text === "") rmSync(file, { force: true });
  else writeFileSync(file, text);
}
