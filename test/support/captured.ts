export type Captured = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

const { stdout, stderr } = process;
// Each run of the program listens for errors of its output.
stdout.setMaxListeners(0);

/** Writes to standard output even while it is captured. */
export const print = stdout.write.bind(stdout);

/** The output of this process while `run` runs, and the exit code that it sets. */
export async function captured(run: () => Promise<unknown>): Promise<Captured> {
  const written = { stdout: "", stderr: "" };
  stdout.write = writer((text) => {
    written.stdout += text;
  });
  stderr.write = writer((text) => {
    written.stderr += text;
  });
  process.exitCode = 0;
  await run();
  const exitCode = Number(process.exitCode);
  process.exitCode = 0;
  return { ...written, exitCode };
}

/** A stream's `write` that passes the text to `take`. */
function writer(take: (text: string) => void): typeof stdout.write {
  return (text: string | Uint8Array, ...rest: readonly unknown[]) => {
    take(String(text));
    for (const done of rest) if (typeof done === "function") done();
    return true;
  };
}
