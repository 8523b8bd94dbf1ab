import { afterAll, expect, test } from "@jest/globals";
import { execa } from "execa";
import { root } from "../golden/fixture.ts";
import { type AddTest, rootTest } from "../support/kernel-test.ts";
import type { Verdict } from "./verdict.ts";

const ended = new AbortController();
afterAll(() => ended.abort());

/** Runs the command as people do. */
function soak(...args: readonly string[]) {
  const command = ["--disable-warning=ExperimentalWarning", "test/soak/soak.ts", ...args];
  return execa(process.execPath, command, { cwd: root, reject: false, cancelSignal: ended.signal });
}

async function verdictOf(...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await soak("--services", "300", "--endpoints", "4", "--json", ...args);
  if (exitCode !== 0 && exitCode !== 1) throw new Error(`exit code ${exitCode}\n${stderr}`);
  const verdict: Verdict = JSON.parse(stdout);
  return { exitCode, verdict, stderr };
}

/** With time for a machine that is busy. */
const slowly: AddTest = (title, body) => test(title, body, 240_000);

rootTest(
  "all holds for 40 seconds",
  async () => {
    const { exitCode, verdict, stderr } = await verdictOf("--minutes", "0.65", "--seed", "1");
    const { wrong, comparisons, connections, changes, disturbances, repairs, rounds } = verdict;
    if (wrong.length > 0) process.stderr.write(stderr);
    expect({ exitCode, wrong, comparisons }).toEqual({ exitCode: 0, wrong: [], comparisons: { done: 1, equal: 1 } });
    expect(connections.unexplained).toBe(0);
    // A soak in which nothing happens holds too.
    expect(connections.answered).toBeGreaterThan(200);
    expect(Math.min(connections.refused, connections.dropped)).toBeGreaterThan(0);
    expect(Math.min(changes, rounds)).toBeGreaterThan(100);
    expect(Object.keys(disturbances).length).toBeGreaterThan(4);
    expect(repairs.length).toBeGreaterThan(1);
  },
  slowly,
);

rootTest(
  "an element that somebody deleted unseen is found",
  async () => {
    const { exitCode, verdict } = await verdictOf("--minutes", "0.15", "--sabotage", "element");
    expect(exitCode).toBe(1);
    expect(verdict.comparisons).toEqual({ done: 1, equal: 0 });
    expect(verdict.wrong.join("\n")).toMatch(/the kernel differs .*\n.*default\/service-0\b.* \+ 10\.128\.0\.\d+:8080/);
  },
  slowly,
);

rootTest(
  "connections to a Service that fail without a reason are found",
  async () => {
    const { exitCode, verdict } = await verdictOf("--minutes", "0.15", "--sabotage", "service");
    const { wrong, comparisons, connections } = verdict;
    expect(exitCode).toBe(1);
    expect(comparisons).toEqual({ done: 1, equal: 1 });
    expect(connections.unexplained).toBeGreaterThan(0);
    // Only of that one, and nothing else is wrong.
    expect(wrong.filter((what) => !/^service-0, 10\.96\.0\.10 at .*"refused"/.test(what))).toEqual([]);
    expect(wrong).toHaveLength(connections.unexplained);
  },
  slowly,
);

test("impossible runs have their own exit code, and the help has all options", async () => {
  for (const wrong of [["--services", "many"], ["--minutes", "0"], ["--sabotage", "all"], ["--unknown"]]) {
    const { exitCode, stderr } = await soak(...wrong);
    expect({ wrong, exitCode }).toEqual({ wrong, exitCode: 2 });
    expect(stderr).toContain("Usage: npm run soak");
  }
  const { exitCode, stdout } = await soak("--help");
  expect(exitCode).toBe(0);
  for (const option of ["--minutes", "--services", "--endpoints", "--seed", "--json"]) expect(stdout).toContain(option);
});
