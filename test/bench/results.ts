import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";
import { execa } from "execa";
import { z } from "zod";
import type { Figure } from "./figures.ts";
import type { Size } from "./synthetic.ts";

/** What was measured on one machine. */
export type Results = { readonly machine: string; readonly results: readonly Result[] };

/** The figures of one benchmark at one size. */
export type Result = { readonly benchmark: string; readonly size: Size; readonly figures: readonly Figure[] };

const Results = z.object({
  machine: z.string(),
  results: z.array(
    z.object({
      benchmark: z.string(),
      size: z.object({ services: z.number(), endpoints: z.number() }),
      figures: z.array(
        z.object({
          name: z.string(),
          variant: z.string().exactOptional(),
          unit: z.enum(["ms", "µs", "MB", "count", "/s", "Gbit/s"]),
          values: z.array(z.number()),
          stoppedAt: z.number().exactOptional(),
        }),
      ),
    }),
  ),
});

/** This machine, in a line for people. */
export async function machine(): Promise<string> {
  const { stdout } = await execa("nft", ["--version"], { reject: false });
  const nft = /v([\d.]+)/.exec(stdout ?? "")?.[1];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const parts = [`${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`, memory, `Linux ${release()}`];
  return [...parts, `Node ${process.version.slice(1)}`, ...(nft === undefined ? [] : [`nft ${nft}`])].join(", ");
}

export async function readResults(file: string): Promise<Results> {
  const { success, data, error } = Results.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!success) throw new Error(`${file} does not hold results of this program: ${z.prettifyError(error)}`);
  return data;
}

/** Keeps results in a file. What it holds of other benchmarks and sizes stays, if it is of the same machine. */
export async function saveResults(file: string, { machine, results }: Results): Promise<void> {
  const kept = existsSync(file) ? await readResults(file) : { machine, results: [] };
  if (kept.machine !== machine) throw new Error(`${file} holds results of another machine: ${kept.machine}`);
  await writeFile(file, resultsJSON({ machine, results: merged(kept.results, results) }));
}

/** A line a figure, so that one can read it, and see what changed. */
export function resultsJSON({ machine, results }: Results): string {
  const blocks = results.map(({ benchmark, size, figures }) => {
    const lines = figures.map((figure) => `      ${JSON.stringify(figure, digits)}`).join(",\n");
    const head = `"benchmark": ${JSON.stringify(benchmark)}, "size": ${JSON.stringify(size)}`;
    return `    { ${head}, "figures": [\n${lines}\n    ] }`;
  });
  return `{\n  "machine": ${JSON.stringify(machine)},\n  "results": [\n${blocks.join(",\n")}\n  ]\n}\n`;
}

function merged(old: readonly Result[], added: readonly Result[]): readonly Result[] {
  const key = ({ benchmark, size }: Result) => `${benchmark} ${size.services} ${size.endpoints}`;
  return [...new Map([...old, ...added].map((result) => [key(result), result])).values()];
}

/** No clock here is better than a microsecond. */
function digits(_: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toFixed(3)) : value;
}
