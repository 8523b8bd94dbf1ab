import { stripVTControlCharacters } from "node:util";
import { expect, test } from "@jest/globals";
import { openLog } from "../../../src/io/host/log.ts";
import { run, terminal } from "../../cli/program.ts";

function lines(verbosity: number, isTerminal: boolean) {
  const written: string[] = [];
  return { written, log: openLog(verbosity, isTerminal, (line) => written.push(stripVTControlCharacters(line))) };
}

const failure = new TypeError("cannot sync", { cause: new Error("nft failed", { cause: new Error("syntax error") }) });

test("JSON has a level, a time, a message and fields", () => {
  const { log, written } = lines(0, false);
  log.warn({ family: "ip", err: failure }, "sync failed");
  expect(JSON.parse(written[0] ?? "")).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    family: "ip",
    err: { type: "TypeError", message: "cannot sync: nft failed: syntax error" },
    msg: "sync failed",
  });
  expect(written[0]).toMatch(/\n$/);
});

test("on a terminal, each message is one line", () => {
  const { log, written } = lines(0, true);
  log.info({ family: "ip", causes: ["a b"], err: failure, note: "two\nlines" }, "synced");
  expect(written).toEqual([
    expect.stringMatching(
      /^\d\d:\d\d:\d\d info {2}synced family=ip causes=\["a b"\] err="cannot sync: nft failed: syntax error" note="two\\nlines"\n$/,
    ),
  ]);
});

test.each([true, false])("control characters are visible, on a terminal and in JSON", (isTerminal) => {
  const written: string[] = [];
  const hostile = "\u001b]0;a\u0007\u009b2J\u202e\u2028";
  const log = openLog(0, isTerminal, (line) => written.push(isTerminal ? stripVTControlCharacters(line) : line));
  log.warn({ problem: hostile, err: new Error(hostile), [hostile]: [hostile] }, "odd");
  expect(written.join("")).toMatch(/^\P{C}*\n$/u);
  expect(written.join("").split("\\u009b2J\\u202e\\u2028")).toHaveLength(5);
  if (!isTerminal) expect(JSON.parse(written[0] ?? "")).toMatchObject({ problem: hostile, err: { message: hostile } });
});

test.each([
  ["coloured", { NO_COLOR: "", TERM: "xterm" }, true],
  ["plain where NO_COLOR is set", { NO_COLOR: "1", TERM: "xterm" }, false],
])("on a terminal, levels are %s", async (_, env, isColoured) => {
  const script = 'import { openLog } from "./src/io/host/log.ts"; openLog(0, true).warn({}, "odd");';
  // Node takes a terminal in a CI for one without colours.
  const command = ["env", "-u", "CI", process.execPath, "--input-type=module", "-e", script];
  const { stdout } = await run(command, { through: terminal, env });
  expect(stdout).toContain("odd");
  expect(stdout.includes("\u001b")).toBe(isColoured);
});

const levels = [
  [0, ["info", "error"], false],
  [2, ["debug", "info", "error"], false],
  [4, ["debug", "info", "error"], true],
] as const;

/** The levels of three lines that are logged now, and whether an error comes with its stack. */
function logged(log: ReturnType<typeof lines>["log"], written: readonly string[]) {
  log.debug({}, "watch");
  log.info({}, "synced");
  log.error({ err: failure }, "failed");
  const read = written.map((line): { level: string; err?: { stack?: string } } => JSON.parse(line));
  return { levels: read.map(({ level }) => level), hasStack: read.some(({ err }) => err?.stack !== undefined) };
}

test.each(levels)("B-310 -v %i", (verbosity, expected, hasStack) => {
  const { log, written } = lines(verbosity, false);
  expect(logged(log, written)).toEqual({ levels: expected, hasStack });
});

test("values that are no Error, and circular causes, do no harm", () => {
  const { log, written } = lines(0, false);
  const circle = new Error("a");
  circle.cause = circle;
  log.error({ err: circle }, "x");
  log.error({ err: "text" }, "x");
  expect(written.map((line) => JSON.parse(line).err.message)).toEqual(["a", "text"]);
});

test.each(levels)("-v can become %i", (verbosity, expected, hasStack) => {
  const { log, written } = lines(verbosity === 0 ? 4 : 0, false);
  log.verbosity = verbosity;
  expect(log.verbosity).toBe(verbosity);
  expect(logged(log, written)).toEqual({ levels: expected, hasStack });
});
