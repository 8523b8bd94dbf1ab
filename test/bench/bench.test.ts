import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { powerless, type Ran, run, type Surroundings } from "../cli/program.ts";
import { root } from "../golden/fixture.ts";
import { benchmarks } from "./benchmarks.ts";

test.concurrent("--help names the benchmarks and has examples", async () => {
  const { stdout, exitCode } = await bench("--help");
  for (const { name, description } of benchmarks) expect(stdout).toMatch(new RegExp(`^  ${name} +${description}`, "m"));
  expect(stdout).toContain("\nExamples:\n  npm run bench -- ");
  expect(exitCode).toBe(0);
});

describe("what is not understood is said, and ends with exit code 2", () => {
  test.concurrent.each([
    ["--services many", /argument 'many' is invalid. It takes whole numbers/],
    ["--runs 0", /argument '0' is invalid. It takes whole numbers/],
    ["--only kernels", /argument 'kernels' is invalid. The benchmarks are pure, process, load, kernel, /],
    ["--service 100", /unknown option '--service'\n\(Did you mean --services\?\)/],
    ["kernel", /too many arguments/],
    ["--only pure --services 30000 --endpoints 50", /these are more than 300000 endpoints/],
    ["--docs package.json", /^bench: package.json does not hold results/],
  ])("%s", async (line, words) => {
    const { stdout, stderr, exitCode } = await bench(line);
    expect(stderr).toMatch(words);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
  });
});

test.concurrent("without root, what needs it cannot be asked for", async () => {
  const { stderr, exitCode } = await bench("--only kernel", { through: ["unshare", "--user", ...powerless] });
  expect({ stderr, exitCode }).toEqual({ stderr: "bench: kernel needs root\n", exitCode: 2 });
});

test.concurrent("results are printed as a table or as JSON, and kept in a file beside others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-bench-"));
  const file = join(folder, "results.json");
  try {
    const { stdout: table } = await bench(`--only pure --services 5 --endpoints 2,3 --runs 1 --save ${file}`);
    expect(table).toMatch(/^pure, 5 Services of 2 endpoints\n.*\nJSON and decode +\d/);
    const { stdout: json } = await bench(`--only pure --services 5 --endpoints 2 --runs 2 --json --save ${file}`);
    const { machine, results } = JSON.parse(json);
    const kept = JSON.parse(await readFile(file, "utf8"));
    expect(results[0].figures[0].values).toHaveLength(2);
    expect(kept.results[0]).toEqual(results[0]);
    expect(kept.results[1].size).toEqual({ services: 5, endpoints: 3 });
    await writeFile(file, json.replace(machine, "another"));
    const { stderr, exitCode } = await bench(`--only pure --services 5 --runs 1 --save ${file}`);
    expect({ stderr, exitCode }).toEqual({ stderr: expect.stringContaining("of another machine"), exitCode: 2 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

function bench(line: string, surroundings: Surroundings = {}): Promise<Ran> {
  return run([process.execPath, `${root}/test/bench/bench.ts`, ...line.split(" ")], surroundings);
}
