import { Counter, Histogram, type Registry } from "prom-client";
import type { Exchange } from "../kube/connection.ts";

/** client-go's metrics of requests to the API server that make sense for a client without a rate limit. */
export type RESTClientMetrics = ReturnType<typeof restClientMetrics>;

export function restClientMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server by status code, HTTP method and host; <error> if there was no answer",
    labelNames: ["code", "method", "host"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "Time to the first byte of the API server's answer, by HTTP method and host; without watches, as in client-go",
    labelNames: ["verb", "host"],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
    registers,
  });
  return {
    exchanged({ verb, method, host, code, milliseconds }: Exchange): void {
      requests.inc({ code: "<error>", method, host }, code === undefined ? 1 : 0);
      if (code !== undefined) requests.inc({ code, method, host });
      if (verb !== "watch") duration.observe({ verb: method, host }, milliseconds / 1000);
    },
  };
}
