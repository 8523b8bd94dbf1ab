/**
 * Runs the command of each fixture, one after another in this process, and prints as JSON what each wrote. To be run
 * from the folder of the repository.
 */
import { main } from "../../src/cli/program.ts";
import { fixtureNames, heading } from "./fixture.ts";

export type Ran = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

const { stdout, stderr } = process;
const print = stdout.write.bind(stdout);
// Each run of the program listens for errors of its output.
stdout.setMaxListeners(0);
const ran: Record<string, Ran> = {};
for (const fixture of fixtureNames) ran[fixture] = await run(heading(fixture).args);
process.exitCode = 0;
print(JSON.stringify(ran));

async function run(args: readonly string[]): Promise<Ran> {
  const written = { stdout: "", stderr: "" };
  stdout.write = writer((text) => {
    written.stdout += text;
  });
  stderr.write = writer((text) => {
    written.stderr += text;
  });
  process.exitCode = 0;
  await main(args);
  return { ...written, exitCode: Number(process.exitCode) };
}

/** A stream's `write` that gives the text to `take`. */
function writer(take: (text: string) => void): typeof stdout.write {
  return (text: string | Uint8Array, ...rest: readonly unknown[]) => {
    take(String(text));
    for (const done of rest) if (typeof done === "function") done();
    return true;
  };
}
