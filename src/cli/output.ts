import { visible } from "../decode/quote.ts";
import { InputError } from "../io/files/input-error.ts";
import { problemLine } from "../model/problem.ts";
import { type Paint, severities } from "./colour.ts";

/** `diff`: the kernel differs. */
export const exitDifferent = 1;
/** The question was answered, and the answer is that connections fail. */
export const exitFindings = 1;
/** `status`: the agent answers, and is not healthy. */
export const exitUnhealthy = 1;
/** With `--strict`: the input has problems. */
export const exitProblems = 1;
/** The command failed, or cannot tell. */
export const exitFailure = 2;

/** The end of the program's help. */
export const exitCodes = `
Exit codes:
  0  success: nothing is wrong
  1  render, check, apply  the input has problems, and --strict is given
     diff                  the kernel differs
     compare               kube-proxy serves something else, and it is not known why
     explain SERVICE       its clients are refused or dropped
     verify                the rules are wrong
     flows --stale         there are stale ones
     doctor                connections fail now
     status                the agent is not healthy
     migrate --check       there are obstacles
  2  the command failed, or cannot tell
`;

/** Writes a line for people, with any contents; output for programs goes to standard output. */
export function say(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Lines of the result, for people. */
export function writeLines(lines: readonly string[], paint: Paint = (line) => line): Promise<void> {
  return write(lines.map((line) => `${paint(visible(line))}\n`).join(""));
}

/** An answer, as lines for people or as JSON for programs. */
export function writeAnswer<T>(
  answer: T,
  lines: (answer: T) => readonly string[],
  { output }: { readonly output: string },
  paint: Paint = severities,
): Promise<void> {
  if (output === "json") return writeLines(JSON.stringify(answer, undefined, 2).split("\n"));
  return writeLines(lines(answer), paint);
}

export function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error && !isClosedPipe(error) ? reject(error) : resolve()));
  });
}

/** A reader that stops early, such as head(1), is not a failure. */
export function isClosedPipe(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE";
}

/** Reports why a command failed. */
export function fail(error: unknown): void {
  if (error instanceof InputError) for (const problem of error.problems) say(problemLine(problem));
  const message = error instanceof Error ? error.message : String(error);
  // Lines after the first are indented, so that none can pass for another message.
  for (const [index, line] of message.split("\n").entries()) say(index === 0 ? `kube-nft: ${line}` : `  ${line}`);
  process.exitCode = exitFailure;
}

/** The end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`;
}
