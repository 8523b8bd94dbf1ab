import { configFile } from "../config/config-file.ts";
import type { ListenAddress } from "../config/fields.ts";
import type { Agent } from "../daemon/agent.ts";
import type { Health } from "../daemon/health.ts";
import type { Log } from "../io/host/log.ts";
import { isShortage } from "../io/host/shortage.ts";
import { healthPages } from "../io/http/health.ts";
import { type Answer, serve } from "../io/http/http.ts";
import { metricsPages } from "../io/http/metrics.ts";
import type { Metrics } from "../io/metrics/metrics.ts";
import { printRuleset } from "../nft/print-ruleset.ts";
import type { NodeSettings } from "./node-settings.ts";
import type { Reports } from "./reports.ts";

export type ServersOptions = {
  readonly agent: Agent;
  readonly settings: NodeSettings;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly report: Pick<Reports, "serverFailed">;
  /** The pages for clients on this machine. */
  readonly local: Answer;
};

/** One of this process's own servers. */
export type Server = {
  readonly name: string;
  /** Of the Event about a failure, as in kube-proxy. */
  readonly reason: string;
  readonly at: ListenAddress;
};

/**
 * Serves the pages about health and metrics at the configured addresses, until the signal is aborted. If it cannot, it
 * retries, or rejects if bindAddressHardFail is set.
 */
export async function serveAll(options: ServersOptions, signal: AbortSignal): Promise<void> {
  const { agent, settings, health, metrics, log, report, local } = options;
  const { healthzBindAddress, metricsBindAddress } = settings.config;
  const { promise: hardFailure, reject: fail } = Promise.withResolvers<never>();
  const start = (name: string, reason: string, at: ListenAddress | undefined, answer: Answer) => {
    if (at === undefined) return undefined;
    const onListening = () => log.info({ name, ...at }, "listening");
    const onFailure = (error: Error) => {
      report.serverFailed({ name, reason, at }, error);
      if (settings.config.bindAddressHardFail && !isShortage(error))
        fail(new Error(`cannot listen on ${at.address} port ${at.port}`));
    };
    return serve({ ...at, answer, onListening, onFailure }, signal);
  };
  const pages = {
    metrics,
    config: () => configFile(settings.config),
    rules: () => printRuleset(agent.tables),
  };
  const all = Promise.all([
    start(
      "health",
      "FailedToStartProxierHealthcheck",
      healthzBindAddress,
      healthPages(health, (page, code) => metrics.healthAnswered(page, code)),
    ),
    start("metrics", "FailedToStartMetricServer", metricsBindAddress, metricsPages(pages, local)),
  ]);
  await Promise.race([all, hardFailure]);
}
