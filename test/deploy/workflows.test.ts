import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { load } from "js-yaml";
import packageJSON from "../../package.json" with { type: "json" };
import { root } from "../golden/fixture.ts";

type Step = { readonly uses?: string; readonly run?: string };
type Workflow = {
  readonly permissions: object;
  readonly jobs: Readonly<Record<string, { readonly "timeout-minutes"?: number; readonly steps: readonly Step[] }>>;
};

const folder = `${root}/.github/workflows`;
const workflows = readdirSync(folder).map((file) => ({ file, text: readFileSync(`${folder}/${file}`, "utf8") }));

test.each(workflows)("$file has exact versions, few rights and an end", ({ text }) => {
  const { permissions, jobs } = load(text) as Workflow;
  expect(Object.values(permissions).filter((right) => right === "write")).toEqual([]);
  for (const { steps, "timeout-minutes": minutes } of Object.values(jobs)) {
    expect(minutes).toBeGreaterThan(0);
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
  }
});

test("what the workflows run is there, with the Node of the tests", () => {
  const text = workflows.map((each) => each.text).join("\n");
  for (const [, file = ""] of text.matchAll(/(?:run: |sh )(\.[\w/.-]+)/g)) {
    expect({ file, isThere: existsSync(`${root}/${file}`) }).toEqual({ file, isThere: true });
  }
  const { version } = JSON.parse(readFileSync(`${root}/node_modules/node/package.json`, "utf8"));
  expect([...text.matchAll(/image: node:([\d.]+)/g)].map(([, tag]) => tag)).toEqual([version]);
});

test("the notes of a release are those of its version", () => {
  const notes = execFileSync("sh", [`${root}/.github/release-notes.sh`, packageJSON.version], { encoding: "utf8" });
  expect(notes).toMatch(/^\* /m);
  expect(notes).not.toMatch(/^## /m);
  const unknown = () => execFileSync("sh", [`${root}/.github/release-notes.sh`, "0.0.1"], { stdio: "pipe" });
  expect(unknown).toThrow();
});
