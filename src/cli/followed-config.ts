import type { RunOptions } from "../agent/run.ts";
import type { Config } from "../config/config.ts";
import type { FlagValues } from "../config/flags.ts";
import { InputError } from "../io/files/input-error.ts";
import { Bell } from "../io/host/bell.ts";
import { fileVersion, watchFile } from "../io/host/file-watch.ts";
import type { Log } from "../io/host/log.ts";
import { onSignal } from "../io/host/process.ts";
import { isShortage } from "../io/host/shortage.ts";
import { problemLine } from "../model/problem.ts";
import { readConfiguration } from "./configuration.ts";

/** The agent's present configuration, and a way to follow it: it is read again when the file changes, and on SIGHUP. */
export type FollowedConfig = { readonly config: Config; readonly follow: RunOptions["followConfig"] };

export async function followedConfig(file: string | undefined, flags: FlagValues, log: Log): Promise<FollowedConfig> {
  const again = new Bell();
  onSignal("SIGHUP", () => {
    if (file === undefined) log.warn({}, "SIGHUP: there is no configuration file to read again");
    else log.info({ file }, "SIGHUP: reading the configuration again");
    again.ring();
  });
  const known = file === undefined ? undefined : await fileVersion(file);
  const configure = async () => {
    const { config, problems, notes } = await readConfiguration(file, flags);
    for (const { field, message } of [...problems, ...notes]) {
      log.warn({ field, problem: message }, "the configuration has a problem");
    }
    return config;
  };
  const follow: FollowedConfig["follow"] = async (onChange, signal) => {
    if (file === undefined) return;
    const read = async () => {
      try {
        onChange(await configure());
      } catch (error) {
        if (isShortage(error)) return false;
        const reasons = error instanceof InputError ? error.problems.map(problemLine) : [];
        log.error({ err: error, reasons }, "the changed configuration cannot be used; the previous one stays in force");
      }
      return true;
    };
    await watchFile(file, known, read, again, signal);
  };
  return { config: await configure(), follow };
}
