import { Command, CommanderError, InvalidArgumentError } from "commander";
import { type Benchmark, benchmarks, mostEndpoints, sizes } from "./benchmarks.ts";
import { machine, type Result, resultsJSON, saveResults } from "./results.ts";
import type { Size } from "./synthetic.ts";
import { table } from "./words.ts";

type Options = {
  readonly services?: readonly number[];
  readonly endpoints?: readonly number[];
  readonly runs: number;
  readonly only?: readonly Benchmark[];
  readonly json: boolean;
  readonly save?: string;
  readonly docs?: string;
};

/** It could not be measured, or the command line was not understood. */
const exitFailure = 2;

const program = new Command("npm run bench --")
  .description("Measures kube-nft, and the layouts that it is held against. Tells its progress on standard error.")
  .option("--services <n,...>", "how many Services (default: what tells most of each benchmark)", numbers)
  .option("--endpoints <n,...>", "how many endpoints each Service has", numbers)
  .option("--runs <n>", "how often to measure after a warm-up; what takes long is measured less often", number, 5)
  .option("--only <name,...>", "some of the benchmarks below (default: all)", names)
  .option("--json", "print JSON instead of a table", false)
  .option("--save <file>", "keep the results in a file, with those that it holds of other benchmarks and sizes")
  .option("--docs <file>", "measure nothing; write the tables and charts of the documents from such a file")
  .showSuggestionAfterError()
  .allowExcessArguments(false)
  .exitOverride()
  .addHelpText(
    "after",
    `
Benchmarks:
${benchmarks.map(({ name, description, needsRoot }) => `  ${name.padEnd(11)}${description}${needsRoot ? "; needs root" : ""}`).join("\n")}

Sizes of more than ${mostEndpoints.toLocaleString("en")} endpoints are left out.

Examples:
  npm run bench -- --only pure,process
  npm run bench -- --only kernel --services 100,1000 --endpoints 1,10,50 --runs 3
  npm run --silent bench -- --only load --json > load.json
  npm run bench -- --save docs/benchmarks.json && npm run bench -- --docs docs/benchmarks.json
`,
  )
  .action(async ({ docs, ...options }: Options) => {
    if (docs === undefined) return measure(options);
    // The library of the charts takes a second to load.
    const { writeDocuments } = await import("./documents/documents.ts");
    return writeDocuments(docs);
  });

async function measure({ runs, json, save, ...options }: Options): Promise<void> {
  const here = await machine();
  const results: Result[] = [];
  // A file that cannot be written is better known of now.
  if (save !== undefined) await saveResults(save, { machine: here, results });
  for (const { name, measure, ...benchmark } of options.only ?? benchmarks) {
    if (benchmark.needsRoot && process.getuid?.() !== 0) {
      if (options.only !== undefined) throw new Error(`${name} needs root`);
      say(`${name} is left out: it needs root`);
      continue;
    }
    for (const size of wantedSizes(options, benchmark.sizes)) {
      const label = `${name}, ${size.services} Services of ${size.endpoints} endpoint${size.endpoints === 1 ? "" : "s"}`;
      say(`${label} ...`);
      const result: Result = { benchmark: name, size, figures: await measure(size, runs, (step) => say(`  ${step}`)) };
      results.push(result);
      // At once, as the next one may take long.
      if (save !== undefined) await saveResults(save, { machine: here, results: [result] });
      if (!json) process.stdout.write(`${label}\n${table(result.figures)}\n\n`);
    }
  }
  process.stdout.write(json ? resultsJSON({ machine: here, results }) : `${here}\n`);
}

function wantedSizes({ services, endpoints }: Partial<Options>, own: readonly Size[]): readonly Size[] {
  if (services === undefined && endpoints === undefined) return own;
  const wanted = sizes(services ?? [1000, 10_000], endpoints ?? [10]);
  if (wanted.length === 0) throw new Error(`these are more than ${mostEndpoints} endpoints`);
  return wanted;
}

function numbers(text: string): readonly number[] {
  return text.split(",").map(number);
}

function number(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It takes whole numbers from 1 to 999999.");
}

function names(text: string): readonly Benchmark[] {
  return text.split(",").map((name) => {
    const benchmark = benchmarks.find((each) => each.name === name);
    if (benchmark !== undefined) return benchmark;
    throw new InvalidArgumentError(`The benchmarks are ${benchmarks.map((each) => each.name).join(", ")}.`);
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

await program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : exitFailure;
    return;
  }
  say(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitFailure;
});
