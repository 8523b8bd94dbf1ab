import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const root = fileURLToPath(new URL("../..", import.meta.url));

const read = (file: string) => readFileSync(`${root}/${file}`, "utf8");

/** The rows of docs/behaviours.md: number, behaviour, what kube-nft does, what proves it. */
const rows = [...read("docs/behaviours.md").matchAll(/^\| ([ABWDK]-\d+) \| (.+) \| (.+?) \| ?(.*?) ?\|$/gm)].map(
  ([, number = "", behaviour = "", answer = "", proof = ""]) => ({ number, behaviour, answer, proof }),
);

test("each number is there once, with what kube-nft does", () => {
  const numbers = rows.map(({ number }) => number);
  expect(numbers.length).toBeGreaterThan(350);
  expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  expect(rows.filter(({ behaviour, answer }) => behaviour.trim() === "" || answer.trim() === "")).toEqual([]);
});

test("each row names what proves it, or says why it does not apply", () => {
  for (const { number, answer, proof } of rows) {
    const files = [...proof.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
    if (files.length === 0)
      expect({ number, answer }).toEqual({ number, answer: expect.stringMatching(/^does not apply: ./) });
    expect({ number, missing: files.filter((file) => !existsSync(`${root}/${file}`)) }).toEqual({
      number,
      missing: [],
    });
  }
});

test("each number that is cited somewhere is defined", () => {
  const defined = new Set(rows.map(({ number }) => number));
  const files = execFileSync("git", ["ls-files", "src", "test", "fixtures", "docs/*.md", "*.md"], {
    cwd: root,
    encoding: "utf8",
  });
  const undefinedOnes = files
    .split("\n")
    .filter((file) => /\.(?:ts|ya?ml|md)$/.test(file) && existsSync(`${root}/${file}`))
    .flatMap((file) => [...read(file).matchAll(/\b[ABWDK]-\d{2,3}\b/g)].map(([number]) => ({ file, number })))
    .filter(({ number }) => !defined.has(number));
  expect(undefinedOnes).toEqual([]);
});
