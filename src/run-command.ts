import { InputError, readConfig } from "./desired.ts";
import { watchFile } from "./io/config-watch.ts";
import { connect } from "./io/kube.ts";
import { type Log, openLog } from "./io/log.ts";
import { hostFamilies, hostName, isTerminal, untilStopped } from "./io/this-host.ts";
import { problemLine } from "./model/problem.ts";
import { type RunOptions, run } from "./run.ts";

/** The command line of `run`. */
export type RunCommandOptions = {
  readonly config: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly master: string | undefined;
  readonly hostnameOverride: string | undefined;
  readonly counters: boolean;
  readonly v: string;
};

/** Runs the agent until this process is told to stop. */
export async function runCommand(options: RunCommandOptions, version: string): Promise<void> {
  const log = openLog(Number(options.v), isTerminal());
  const { config, problems } = await readConfig(options.config);
  for (const { field, message } of problems) log.warn({ field, problem: message }, "the configuration has a problem");
  const kubeconfig = options.kubeconfig || config.clientConnection.kubeconfig;
  const nodeName = options.hostnameOverride?.trim().toLowerCase() || config.hostnameOverride || hostName();
  await run(
    {
      config,
      followConfig: followFile(options.config, log),
      connection: connect({ kubeconfig, master: options.master }),
      nodeName,
      families: hostFamilies(),
      counters: options.counters,
      version,
      log,
    },
    untilStopped((signal) => log.info({ signal }, "stopping")),
  );
}

function followFile(file: string | undefined, log: Log): RunOptions["followConfig"] {
  return async (onChange, signal) => {
    if (file === undefined) return;
    const read = async () => {
      try {
        onChange((await readConfig(file)).config);
      } catch (error) {
        const reasons = error instanceof InputError ? error.problems.map(problemLine) : [];
        log.error({ err: error, reasons }, "the changed configuration cannot be used: the former one stays");
      }
    };
    await watchFile(file, read, signal);
  };
}
