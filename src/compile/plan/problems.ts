import type { Address, Family } from "../../model/address.ts";
import type { Port } from "../../model/port.ts";
import type { Problem } from "../../model/problem.ts";
import { type Service, type ServicePort, serviceKey } from "../../model/service.ts";

/** What is wrong with a Service or its slices, found by planning it. It never stops the rest. */
export type PlanProblem =
  /** Slices list an endpoint more than once, and disagree on it. */
  | { readonly kind: "contradiction"; readonly port: ServicePort; readonly address: Address; readonly number: Port }
  | { readonly kind: "tooManyEndpoints"; readonly port: ServicePort; readonly count: number; readonly limit: number }
  /** There are source ranges, but none of the family. */
  | { readonly kind: "sourceRangesClosed"; readonly family: Family };

/** A plan's problem in words. */
export function planProblemText(service: Service, problem: PlanProblem): Problem {
  switch (problem.kind) {
    case "contradiction": {
      const { port, address, number } = problem;
      const message = `endpoint ${address} port ${number} is listed more than once with different conditions; ready ones count`;
      return portProblem(service, port, message);
    }
    case "tooManyEndpoints": {
      const { port, count, limit } = problem;
      return portProblem(service, port, `has ${count} endpoints; the first ${limit} usable ones are served`);
    }
    case "sourceRangesClosed": {
      const name = problem.family === "ip" ? "IPv4" : "IPv6";
      const message = `has no usable ${name} range, so its ${name} load balancer IPs are closed to everybody`;
      return { object: `Service ${serviceKey(service)}`, field: "spec.loadBalancerSourceRanges", message };
    }
  }
}

/** A problem of one port of a Service. */
export function portProblem(service: Service, port: ServicePort, message: string): Problem {
  return { object: `Service ${serviceKey(service)}`, field: port.name === "" ? "" : `port ${port.name}`, message };
}
