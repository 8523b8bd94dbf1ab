import { run } from "../agent/run.ts";
import type { Config } from "../config/config.ts";
import type { FlagValues } from "../config/flags.ts";
import { quote } from "../decode/quote.ts";
import { InputError } from "../io/files/input-error.ts";
import { Bell } from "../io/host/bell.ts";
import { hostFamilies, kernelVersionProblem, setOOMScoreAdj } from "../io/host/host.ts";
import { type Log, openLog } from "../io/host/log.ts";
import { endAtCrash, hostName, isTerminal, onSignal, untilStopped } from "../io/host/process.ts";
import { applyConntrackSysctls } from "../io/host/sysctls.ts";
import { connect } from "../io/kube/kube.ts";
import type { ServiceMetrics } from "../io/metrics/service-series.ts";
import { examineForAgent } from "../io/nft/capabilities.ts";
import { followedConfig } from "./followed-config.ts";

/** The command line of `run`, except flags that are equivalent to fields of the configuration. */
export type RunCommandOptions = {
  readonly config: string | undefined;
  readonly master: string | undefined;
  readonly initOnly: boolean;
  readonly counters: boolean;
  readonly serviceMetrics: ServiceMetrics;
  readonly v: string;
};

/**
 * Runs the agent until this process is told to stop. Rejects if the configuration is unusable, or if the host lacks a
 * requirement.
 */
export async function runAgent(options: RunCommandOptions, flags: FlagValues, version: string): Promise<void> {
  const log = openLog(verbosity(options.v), isTerminal());
  endAtCrash((err) => log.error({ err, stack: err.stack }, "this is a bug; the agent exits, the rules stay"));
  const stopped = untilStopped((signal) => log.info({ signal }, "stopping"));
  // Otherwise, Node would open its debugger on a loopback port, through which everyone on the node could run code here.
  onSignal("SIGUSR1", () => log.warn({}, "SIGUSR1 has no effect"));
  const dumpRequests = new Bell();
  onSignal("SIGUSR2", () => dumpRequests.ring());
  const { config, follow } = await followedConfig(options.config, flags, log);
  const { families, capabilities, lacks, nftVersion } = await setUpHost(config, options.initOnly, log);
  if (options.initOnly) return;
  const { kubeconfig } = config.clientConnection;
  await run(
    {
      config,
      followConfig: follow,
      connect: (onExchange) => connect({ kubeconfig, master: options.master }, onExchange),
      nodeName: config.hostnameOverride || hostName(),
      families,
      capabilities,
      lacks: lacks.map(({ message }) => message),
      nftVersion,
      counters: options.counters,
      serviceMetrics: options.serviceMetrics,
      version,
      dumpRequests,
      log,
    },
    stopped,
  );
}

function verbosity(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const message = `${quote(text)} is not a whole number, such as 2`;
  throw new InputError("the flags cannot be used", [{ object: "", field: "--v", message }]);
}

/** With --init-only, the set-up must succeed. An agent, however, should rather run with other sysctls than not at all. */
async function setUpHost(config: Config, mustSucceed: boolean, log: Log) {
  const kernel = kernelVersionProblem();
  const host = await examineForAgent(hostFamilies());
  const all = [...(kernel === undefined ? [] : [kernel]), ...host.problems];
  if (all.length > 0) throw new Error(`this host cannot run kube-nft:\n${all.join("\n")}`);
  for (const { message: problem } of host.lacks)
    log.warn({ problem }, "this host does not support everything that Services may need");
  const { changes, failures } = applyConntrackSysctls(config.conntrack);
  for (const change of changes) log.info(change, "changed a sysctl");
  for (const err of failures) log.error({ err }, "cannot set a sysctl");
  if (mustSucceed && failures.length > 0) throw new Error("the host is not set up; see above");
  try {
    setOOMScoreAdj(config.oomScoreAdj);
  } catch (error) {
    log.debug({ err: error }, "cannot set oom_score_adj");
  }
  return host;
}
