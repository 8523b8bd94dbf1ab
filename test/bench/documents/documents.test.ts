import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { Figure } from "../figures.ts";
import { layouts } from "../layouts/layouts.ts";
import { type Results, readResults } from "../results.ts";
import { blocks } from "./blocks.ts";
import { charts } from "./chart-files.ts";
import { documents } from "./documents.ts";

test("the documents and charts say what docs/benchmarks.json does: npm run bench -- --docs docs/benchmarks.json", async () => {
  const files = await documents(await readResults("docs/benchmarks.json"));
  for (const [file, text] of files) expect([file, readFileSync(file, "utf8")]).toEqual([file, text]);
  for (const [, chart] of readFileSync("docs/benchmarks.md", "utf8").matchAll(/\]\((\w+\.svg)\)/g)) {
    expect([...files.keys()]).toContain(`docs/${chart}`);
  }
});

const load = (services: number, figures: readonly Partial<Figure>[]): Results["results"][number] => ({
  benchmark: "kernel",
  size: { services, endpoints: 10 },
  figures: figures.map((figure, i) => ({
    name: "load",
    variant: layouts[i]?.name ?? "",
    unit: "ms",
    values: [],
    ...figure,
  })),
});

const results: Results = {
  machine: "1 x abacus",
  results: [
    load(100, [{ values: [10] }, { values: [12, 13, 14] }, { values: [15] }]),
    load(10_000, [{ values: [1000] }, { values: [60_000] }, { stoppedAt: 300_000 }]),
    load(30_000, [{ values: [3000] }, { stoppedAt: 300_000 }, {}]),
  ],
};

test("what was stopped or skipped is in the tables", () => {
  expect(
    blocks(results).get("kernel"),
  ).toBe(`| **load** | kube-nft | chain per Service | chain per Service and endpoint |
| --- | --- | --- | --- |
| 100 Services of 10 | 10 ms | 13 ms (12 to 14) | 15 ms |
| 10,000 Services of 10 | 1.0 s | 60 s | > 300 s |
| 30,000 Services of 10 | 3.0 s | > 300 s | skipped |
`);
});

test("the summary is of the largest cluster for which no layout was skipped", () => {
  expect(blocks(results).get("summary")).toContain("| 10,000 Services of 10 |");
});

test("a chart names each layout at its line, and where it was stopped", () => {
  const texts = [...(charts(results).get("growth.svg") ?? "").matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text);
  expect(texts).toEqual(expect.arrayContaining(["kube-nft", "chain per Service", "and endpoint", "30,000"]));
  expect(texts.filter((text) => text === "&gt; 300 s")).toHaveLength(2);
});
