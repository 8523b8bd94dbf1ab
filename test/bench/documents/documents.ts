import { readFile, writeFile } from "node:fs/promises";
import { type Results, readResults } from "../results.ts";
import { blocks } from "./blocks.ts";
import { charts } from "./chart-files.ts";

/** Where blocks may be, from the root of the repository. */
const documentFiles = ["README.md", "docs/benchmarks.md"] as const;

/** Writes what the documents say of results, and draws the charts. */
export async function writeDocuments(resultsFile: string): Promise<void> {
  for (const [file, text] of await documents(await readResults(resultsFile))) {
    await writeFile(file, text);
    process.stderr.write(`wrote ${file}\n`);
  }
}

/** The documents with their blocks filled, and the charts: a text for each file. */
export async function documents(results: Results): Promise<ReadonlyMap<string, string>> {
  const filled = blocks(results);
  const files = new Map([...charts(results)].map(([name, svg]) => [`docs/${name}`, `${svg}\n`]));
  for (const file of documentFiles) files.set(file, fill(await readFile(file, "utf8"), filled, file));
  return files;
}

/** A block without results stays as it is. */
function fill(text: string, filled: ReadonlyMap<string, string>, file: string): string {
  return text.replace(/(<!-- bench: (.*) -->\n)([\s\S]*?)(<!-- bench end -->)/g, (whole, start, name, _, end) => {
    const block = filled.get(name);
    if (block === undefined)
      throw new Error(`${file}: there is no block ${name}, only ${[...filled.keys()].join(", ")}`);
    return block === "" ? whole : `${start}\n${block}\n${end}`;
  });
}
