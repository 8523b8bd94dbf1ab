import { execa } from "execa";
import { versionIn } from "../../daemon/host-requirements.ts";

/**
 * What is wrong with the program conntrack, in words; undefined if nothing. Without it everything works but one thing:
 * UDP clients that keep their port stay with endpoints that are gone.
 */
export async function conntrackProblem(): Promise<string | undefined> {
  const options = { reject: false, stdin: "ignore", timeout: 10_000 } as const;
  const { code, stdout } = await execa("conntrack", ["--version"], options);
  if (code === "ENOENT") return "conntrack is not in PATH; install the package conntrack";
  return versionIn(stdout ?? "") === undefined ? "conntrack does not tell its version" : undefined;
}
