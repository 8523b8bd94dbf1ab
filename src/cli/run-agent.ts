import { run } from "../agent/run.ts";
import type { Config } from "../config/config.ts";
import { listenAddress } from "../config/fields.ts";
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
import { examineForAgent, lookForAgent } from "../io/nft/capabilities.ts";
import { type FollowedConfig, followedConfig } from "./followed-config.ts";

/** The command line of `run`, except flags that are equivalent to fields of the configuration. */
export type RunCommandOptions = {
  readonly config: string | undefined;
  readonly master: string | undefined;
  readonly initOnly: boolean;
  readonly observe: boolean;
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
  const { observe } = options;
  if (observe && options.initOnly) throw new Error("--observe and --init-only exclude each other");
  const followed = await followedConfig(options.config, flags, log);
  const { config, follow } = observe ? besideAnother(followed) : followed;
  const host = observe ? lookAtHost(config, log) : setUpHost(config, options.initOnly, log);
  const { families, capabilities, lacks, nftVersion } = await host;
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
      observe,
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

/** The same configuration with ports that kube-proxy, which has the usual ones, leaves free. */
function besideAnother({ config, follow }: FollowedConfig): FollowedConfig {
  const moved = (each: Config): Config => ({
    ...each,
    healthzBindAddress: each.healthzBindAddress && listenAddress(each.healthzBindAddress.address, 10356),
    metricsBindAddress: each.metricsBindAddress && listenAddress(each.metricsBindAddress.address, 10349),
  });
  return { config: moved(config), follow: (onChange, signal) => follow((each) => onChange(moved(each)), signal) };
}

/** What is known of this host without trying anything on it. */
async function lookAtHost(config: Config, log: Log) {
  const host = await lookForAgent(hostFamilies());
  if (host.problems.length > 0) throw new Error(`this host cannot run kube-nft:\n${host.problems.join("\n")}`);
  for (const { message: problem } of host.lacks)
    log.warn({ problem }, "this host does not support everything that Services may need");
  const { changes, failures } = applyConntrackSysctls(config.conntrack, false);
  for (const change of changes) log.info(change, "an agent would change a sysctl");
  for (const err of failures) log.warn({ err }, "cannot read a sysctl");
  return host;
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
