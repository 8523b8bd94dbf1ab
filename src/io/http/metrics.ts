import type { Answer } from "./http.ts";
import { plainText, type Reply } from "./reply.ts";
import { SharedText } from "./shared-text.ts";

/** What the pages of the metrics server show; evaluated for each request. */
export type MetricsPages = {
  readonly metrics: { readonly contentType: string; text(): Promise<AsyncIterable<string>> };
  /** The configuration in force, in the form of its file. */
  readonly config: () => object;
  /** The ruleset in force, in a form that `nft -f` loads. */
  readonly rules: () => string;
};

/** The pages of the metrics server, for any method, and further ones. */
export function metricsPages({ metrics, config, rules }: MetricsPages, others: Answer): Answer {
  const { contentType } = metrics;
  const allMetrics = new SharedText({ contentType, make: () => metrics.text() });
  const allRules = new SharedText({ contentType: "text/plain; charset=utf-8", make: async () => whole(rules()) });
  const pages = new Map<string, () => Reply | Promise<Reply>>([
    ["/metrics", () => allMetrics.reply()],
    // This process has no service level indicators, and neither has kube-proxy.
    ["/metrics/slis", () => ({ code: 200, contentType, body: "" })],
    ["/healthz", () => plainText(200, "ok")],
    ["/proxyMode", () => plainText(200, "nftables")],
    [
      "/configz",
      () => ({
        code: 200,
        contentType: "application/json",
        body: JSON.stringify({ "kubeproxy.config.k8s.io": config() }),
      }),
    ],
    ["/rules", () => allRules.reply()],
  ]);
  return (request) => pages.get(request.path)?.() ?? others(request);
}

async function* whole(text: string): AsyncGenerator<string> {
  yield text;
}
