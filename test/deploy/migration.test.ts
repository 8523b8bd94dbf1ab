import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { kubeNFT } from "../cli/program.ts";
import { root } from "../golden/fixture.ts";

const guide = readFileSync(`${root}/docs/migration.md`, "utf8").replaceAll("\\\n", "");

test("the guide names files that are there", () => {
  const files = guide.match(/\b(?:deploy\/[\w./-]*\w|DESIGN\.md|Dockerfile)/g) ?? [];
  expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
  expect(files).toContain("deploy/node-by-node");
});

const commands = [...guide.matchAll(/dist\/cli\.js ([a-z]+)([^`\n>]*)/g)].map(([, command = "", args = ""]) => ({
  command,
  flags: args.match(/(?<=\s)--?[\w-]*\w/g) ?? [],
}));

test.each(commands)("the guide's command $command $flags is understood", async ({ command, flags }) => {
  const { stdout, exitCode } = await kubeNFT([command, "--help"]);
  expect(exitCode).toBe(0);
  const known = [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [short, long]);
  expect(known).toEqual(expect.arrayContaining([...flags]));
});
