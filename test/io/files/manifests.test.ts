import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { InputError } from "../../../src/io/files/input-error.ts";
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

test("an alias bomb is read at once, as nothing is copied", () => {
  const lines = Array.from({ length: 60 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]`);
  expect(parseDocuments(`a0: &a0 [x]\n${lines.join("\n")}\n`).documents).toHaveLength(1);
});

test("files and directories in order, with where each document was", async () => {
  const files = join(directory, "files");
  await mkdir(join(files, "z.yaml"), { recursive: true });
  await writeFile(join(files, "b.yaml"), "kind: c\n");
  await writeFile(join(files, "B.yml"), "kind: a\n---\nkind: b\n");
  await writeFile(join(files, "c.json"), '\ufeff{"kind": "d"}');
  await writeFile(join(files, "README.md"), "# no\n");
  const { objects, problems } = await readManifests([files, join(files, "b.yaml")]);
  expect(objects).toEqual([
    { object: { kind: "a" }, source: { file: join(files, "B.yml"), document: 1 } },
    { object: { kind: "b" }, source: { file: join(files, "B.yml"), document: 2 } },
    { object: { kind: "c" }, source: { file: join(files, "b.yaml"), document: 1 } },
    { object: { kind: "d" }, source: { file: join(files, "c.json"), document: 1 } },
    { object: { kind: "c" }, source: { file: join(files, "b.yaml"), document: 1 } },
  ]);
  expect(problems).toEqual([]);
});

const object = "kind: X\n";

test.each<[string, string | Uint8Array | undefined, readonly string[]]>([
  ["another encoding", Buffer.from([0x61, 0x3a, 0x20, 0xfc]), ["is not UTF-8 text"]],
  ["no file", undefined, ["does not exist"]],
  ["an empty file", "", ["holds no Kubernetes object"]],
  ["comments", "# kind: X\n---\n", ["holds no Kubernetes object"]],
  [
    "what has no kind",
    "a: 1\n---\n7\n",
    ["has no kind; it is ignored", "7 is not a Kubernetes object; it is ignored", "holds no Kubernetes object"],
  ],
  ["too much", object.repeat(200_000), ["cannot be read: it has more than 1 MB"]],
])("a file with %s makes the input unusable, and all that is wrong is told", async (name, text, messages) => {
  const [bad, good, empty] = [join(directory, `${name}.yaml`), join(directory, "good.yaml"), join(directory, "empty")];
  if (text !== undefined) await writeFile(bad, text);
  await writeFile(good, object);
  await mkdir(empty, { recursive: true });
  const read = readManifests([good, bad, empty, join(good, "x"), good], { megabytes: 1, seconds: 1 });
  const error: unknown = await read.catch((thrown) => thrown);
  const problems = error instanceof InputError ? error.problems : [];
  expect(problems.map(({ source, message }) => [source?.file, message])).toEqual([
    ...messages.map((message) => [bad, message]),
    [empty, "holds no file *.yaml, *.yml or *.json"],
    [join(good, "x"), "does not exist"],
  ]);
});

test("a file in a directory may hold nothing, but must be there", async () => {
  const folder = join(directory, "folder");
  await mkdir(join(folder, "z.yaml"), { recursive: true });
  await writeFile(join(folder, "empty.yaml"), "");
  await writeFile(join(folder, "good.yaml"), object);
  expect((await readManifests([folder])).objects).toHaveLength(1);
  await symlink(join(folder, "nowhere"), join(folder, "d.yaml"));
  await expect(readManifests([folder])).rejects.toMatchObject({
    problems: [{ source: { file: join(folder, "d.yaml") }, object: "", field: "", message: "does not exist" }],
  });
});
