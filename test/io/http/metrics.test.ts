import { afterEach, expect, test } from "@jest/globals";
import { serve } from "../../../src/io/http/http.ts";
import { metricsPages } from "../../../src/io/http/metrics.ts";
import { notFound } from "../../../src/io/http/reply.ts";
import { freePort, request } from "../../support/http.ts";

const ended: AbortController[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end.abort();
});

async function* parts() {
  yield* ["up", " 1\n"];
}

async function start(): Promise<number> {
  const port = await freePort();
  const abort = new AbortController();
  ended.push(abort);
  const pages = {
    metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", text: async () => parts() },
    config: () => ({ mode: "nftables" }),
    rules: () => "table ip kube-nft {\n}\n",
  };
  const answer = metricsPages(pages, () => notFound);
  await new Promise<void>((resolve, reject) => {
    const options = { address: "127.0.0.1", port, answer, onListening: resolve, onFailure: reject };
    void serve(options, abort.signal);
  });
  return port;
}

const pages = [
  ["/metrics", 200, "text/plain; version=0.0.4; charset=utf-8", "up 1\n"],
  ["/metrics/slis", 200, "text/plain; version=0.0.4; charset=utf-8", ""],
  ["/healthz", 200, "text/plain; charset=utf-8", "ok"],
  ["/proxyMode", 200, "text/plain; charset=utf-8", "nftables"],
  ["/configz", 200, "application/json", '{"kubeproxy.config.k8s.io":{"mode":"nftables"}}'],
  ["/rules", 200, "text/plain; charset=utf-8", "table ip kube-nft {\n}\n"],
  ["/debug/pprof/", 404, "text/plain; charset=utf-8", "404 page not found\n"],
  ["/", 404, "text/plain; charset=utf-8", "404 page not found\n"],
] as const;

test.each(pages)("B-255 %s answers %i", async (path, code, type, body) => {
  const port = await start();
  const answer = await request(port, path);
  expect(answer).toMatchObject({ code, body });
  expect(answer.headers).toMatchObject({ "content-type": type, "x-content-type-options": "nosniff" });
});
