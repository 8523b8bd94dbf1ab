import type { ServerResponse } from "node:http";
import { type Answer, pathOf, plainText, send, sendNotFound } from "./http.ts";
import { SharedText } from "./shared-text.ts";

/** What the pages of the metrics server show, asked for anew by each request. */
export type MetricsPages = {
  readonly metrics: { readonly contentType: string; text(): Promise<string> };
  /** The configuration in force, in the form of its file. */
  readonly config: () => object;
  /** The ruleset in force, as `nft -f` takes it. */
  readonly rules: () => string;
};

/** The pages of the metrics server, for any method. */
export function metricsPages({ metrics, config, rules }: MetricsPages): Answer {
  const pages = { metrics, config, rules: new SharedText(rules) };
  return async (request, response) => {
    const page = answers.get(pathOf(request));
    if (page === undefined) return sendNotFound(response);
    await page(pages, response);
  };
}

type Pages = Omit<MetricsPages, "rules"> & { readonly rules: SharedText };

type Page = (pages: Pages, response: ServerResponse) => Promise<void> | void;

const answers: ReadonlyMap<string, Page> = new Map<string, Page>([
  ["/metrics", async ({ metrics }, response) => send(response, 200, metrics.contentType, await metrics.text())],
  // There are no service level indicators of this process, as there are none of kube-proxy.
  ["/metrics/slis", ({ metrics }, response) => send(response, 200, metrics.contentType, "")],
  ["/healthz", (_, response) => send(response, 200, plainText, "ok")],
  ["/proxyMode", (_, response) => send(response, 200, plainText, "nftables")],
  [
    "/configz",
    ({ config }, response) =>
      send(response, 200, "application/json", JSON.stringify({ "kubeproxy.config.k8s.io": config() })),
  ],
  ["/rules", ({ rules }, response) => rules.send(response)],
]);
