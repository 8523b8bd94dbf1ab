import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readManifests } from "../../../src/io/files/manifests.ts";
import { parseDocuments } from "../../../src/io/files/yaml.ts";

let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "manifests-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const documents = [
  { name: "nothing", text: "", objects: [] },
  { name: "only comments", text: "# nothing\n\n", objects: [] },
  {
    name: "empty documents, which count",
    text: "---\n---\na: 1\n--- # empty\n---\nb: 1\n",
    objects: [
      [2, { a: 1 }],
      [4, { b: 1 }],
    ],
  },
  {
    name: "a byte for byte copy of kubectl's separators",
    text: "a: 1\n---\nb: 1\n...\n",
    objects: [
      [1, { a: 1 }],
      [2, { b: 1 }],
    ],
  },
  {
    name: "Windows line ends",
    text: "a: 1\r\n---\r\nb: 1\r\n",
    objects: [
      [1, { a: 1 }],
      [2, { b: 1 }],
    ],
  },
  { name: "a directive", text: "%YAML 1.2\n---\na: 1\n", objects: [[1, { a: 1 }]] },
  {
    name: "timestamps as texts",
    text: "a: 2026-01-01T00:00:00Z\nb: 2026-01-01",
    objects: [[1, { a: "2026-01-01T00:00:00Z", b: "2026-01-01" }]],
  },
  {
    name: "ambiguous numbers as texts",
    text: "a: 0080\nb: 0o17\nc: 0x50\nd: 8_0\ne: 10:30\nf: 010.5",
    objects: [[1, { a: "0080", b: "0o17", c: "0x50", d: "8_0", e: "10:30", f: "010.5" }]],
  },
  {
    name: "plain numbers",
    text: "a: 80\nb: -1\nc: 0\nd: 1.5\ne: 1e3",
    objects: [[1, { a: 80, b: -1, c: 0, d: 1.5, e: 1000 }]],
  },
  {
    name: "yes and no as texts, as YAML 1.2 has it",
    text: "a: no\nb: on\nc: true",
    objects: [[1, { a: "no", b: "on", c: true }]],
  },
  {
    name: "merge keys",
    text: "x: &x { a: 1 }\ny: { <<: *x, b: 2 }",
    objects: [[1, { x: { a: 1 }, y: { a: 1, b: 2 } }]],
  },
  { name: "JSON", text: '  {"a": 1}\n', objects: [[1, { a: 1 }]] },
  { name: "JSON in a list", text: '[{"a": 1}]', objects: [[1, [{ a: 1 }]]] },
  {
    name: "JSON with tabs and separators",
    text: '{\n\t"a": 1\n}\n---\n{\n\t"b": 1\n}\n',
    objects: [
      [1, { a: 1 }],
      [2, { b: 1 }],
    ],
  },
  {
    name: "JSON objects one after the other",
    text: '{"a": "}{\\""}\n{"b": [{}]}{"c": 1}',
    objects: [
      [1, { a: '}{"' }],
      [2, { b: [{}] }],
      [3, { c: 1 }],
    ],
  },
  { name: "JSON with comments, which is YAML", text: "{\n  # a\n  a: 1\n}", objects: [[1, { a: 1 }]] },
] as const;

test.each(documents)("$name", ({ text, objects }) => {
  const read = parseDocuments(text);
  expect(read.problems).toEqual([]);
  expect(read.documents.map(({ document, object }) => [document, object])).toEqual(objects);
});

const broken = [
  {
    name: "a key that is there twice",
    text: "a: 1\n---\nb: 1\nb: 2\n---\nc: 1\n",
    kept: [1, 3],
    problem: [2, "line 4: duplicated mapping key; this document is ignored"],
  },
  {
    name: "a bad indentation",
    text: "# x\n\n---\na:\n  b: 1\n c: 1\n---\nd: 1\n",
    kept: [2],
    problem: [1, /^line 6: .*; this document is ignored$/],
  },
  {
    name: "an alias of nothing",
    text: "a: *x\n---\nb: 1\n",
    kept: [2],
    problem: [1, 'line 1: unidentified alias "x"; this document is ignored'],
  },
  {
    name: "an unknown tag",
    text: "---\na: !Ref x\n---\nb: 1\n",
    kept: [2],
    problem: [1, /^line 2: unknown scalar tag/],
  },
  {
    name: "JSON cut off in its midst",
    text: '{"a": {\n"b": 1}\n',
    kept: [],
    problem: [1, /^line \d: .*; this document is ignored$/],
  },
  { name: "control characters", text: "a: \u0007\n", kept: [], problem: [1, /^line 1: /] },
  {
    name: "too many aliases",
    text: `a: &a [1]\nb: [${"*a,".repeat(1001)}]\n`,
    kept: [],
    problem: [1, /^line 2: aliases exceeded/],
  },
  { name: "too deep", text: `${"[".repeat(100_000)}`, kept: [], problem: [1, /^line 1: /] },
] as const;

test.each(broken)("$name loses one document only", ({ text, kept, problem: [document, message] }) => {
  const read = parseDocuments(text);
  expect(read.documents.map((each) => each.document)).toEqual(kept);
  expect(read.problems).toEqual([{ document, message: expect.stringMatching(message) }]);
});

test("an alias bomb is read in no time, as nothing is copied", () => {
  const lines = Array.from({ length: 60 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`);
  expect(parseDocuments(`a0: &a0 [x]\n${lines.join("\n")}\n`).documents).toHaveLength(1);
});

test("files and directories in order, with where each document was", async () => {
  const files = join(directory, "files");
  await mkdir(join(files, "z.yaml"), { recursive: true });
  await writeFile(join(files, "b.yaml"), "n: 3\n");
  await writeFile(join(files, "B.yml"), "n: 1\n---\nn: 2\n");
  await writeFile(join(files, "c.json"), '\ufeff{"n": 4}');
  await writeFile(join(files, "README.md"), "# no\n");
  await symlink(join(files, "nowhere"), join(files, "d.yaml"));
  const { objects, problems } = await readManifests([files, join(files, "b.yaml")]);
  expect(objects).toEqual([
    { object: { n: 1 }, source: { file: join(files, "B.yml"), document: 1 } },
    { object: { n: 2 }, source: { file: join(files, "B.yml"), document: 2 } },
    { object: { n: 3 }, source: { file: join(files, "b.yaml"), document: 1 } },
    { object: { n: 4 }, source: { file: join(files, "c.json"), document: 1 } },
    { object: { n: 3 }, source: { file: join(files, "b.yaml"), document: 1 } },
  ]);
  expect(problems).toEqual([
    { source: { file: join(files, "d.yaml") }, object: "", field: "", message: "does not exist" },
  ]);
});

test("what cannot be read is a problem, and the rest is read", async () => {
  const empty = join(directory, "empty");
  const latin = join(directory, "latin.yaml");
  const missing = join(directory, "missing.yaml");
  const good = join(directory, "good.yaml");
  await mkdir(empty);
  await writeFile(latin, Buffer.from([0x61, 0x3a, 0x20, 0xfc]));
  await writeFile(good, "n: 1\n");
  const { objects, problems } = await readManifests([empty, latin, missing, join(good, "x"), good]);
  expect(objects).toHaveLength(1);
  expect(problems.map(({ source, message }) => [source?.file, message])).toEqual([
    [empty, "holds no file *.yaml, *.yml or *.json"],
    [latin, "is not UTF-8 text"],
    [missing, "does not exist"],
    [join(good, "x"), "does not exist"],
  ]);
});

test("standard input", async () => {
  async function* stdin() {
    yield Buffer.from("a: \xe4".slice(0, 3));
    yield Buffer.from("ä");
  }
  const source = { file: "standard input", document: 1 };
  expect(await readManifests(["-"], stdin())).toEqual({ objects: [{ object: { a: "ä" }, source }], problems: [] });
});
