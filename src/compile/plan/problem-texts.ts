import { type Family, familyName } from "../../model/address.ts";
import { annotationName } from "../../model/annotations.ts";
import type { Problem } from "../../model/problem.ts";
import { type Service, type ServicePort, serviceKey } from "../../model/service.ts";
import { mostHashed } from "./balancing.ts";
import { portText } from "./endpoints.ts";
import { frontendText } from "./frontends.ts";
import type { PlanProblem, RangesField } from "./problems.ts";

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
      return portProblem(
        service,
        port,
        `has ${count} endpoints, too many for its frontends; the first ${limit} are looked at`,
      );
    }
    case "notHashed": {
      const { port, reason } = problem;
      const why = {
        endpoints: `has more than ${mostHashed} endpoints, too many for a hash of the client to choose one`,
        frontends: "has too many frontends for a hash of the client to choose an endpoint",
        host: "asks for a hash of the client to choose an endpoint, which this host cannot compute",
      };
      return portProblem(service, port, `${why[reason]}; it is balanced at random`);
    }
    case "tooManyAddresses": {
      const { count, limit } = problem;
      const message = `has ${count} ${familyName(problem.family)} addresses, too many for its ports; the first ${limit} are served`;
      return { object: `Service ${serviceKey(service)}`, field: "", message };
    }
    case "refusedFrontend": {
      const { port, frontend, reason } = problem;
      const why = {
        "in a ServiceCIDR": "is in a ServiceCIDR; these addresses are reserved for ClusterIPs",
        "API server": "is where the API server is reached",
      };
      return portProblem(service, port, `${frontendText(frontend)} ${why[reason]}; it is not served`);
    }
    case "annotation":
      return {
        object: `Service ${serviceKey(service)}`,
        field: annotationField(problem.name),
        message: problem.message,
      };
    case "tooManySourceRanges": {
      const { family, count, limit } = problem;
      const [field, what] = allRanges(service);
      const message = `come to ${count} ${familyName(family)} ranges for all ports and ${what}, more than ${limit};`;
      return closedProblem(service, family, field, what, message);
    }
    case "sourceRangesUnsupported": {
      const [field, what] = rangesFields[problem.field];
      return closedProblem(service, problem.family, field, what, "this host cannot check them, so");
    }
    case "sourceRangesOfOthers": {
      const message = `are beyond the ${problem.limit} that all Services of a node may have, as those of older Services come first;`;
      return closedProblem(service, problem.family, ...allRanges(service), message);
    }
    case "roundedTimeout": {
      const { asked, seconds } = problem;
      const message = `is ${asked}, but older Services have too many different time-outs; clients are remembered for ${seconds} s`;
      const field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
      return { object: `Service ${serviceKey(service)}`, field, message };
    }
    case "othersClusterIP": {
      const { port, frontend, owner } = problem;
      return portProblem(
        service,
        port,
        `${frontendText(frontend)} is the ClusterIP of Service ${owner}; it is not served for this port`,
      );
    }
    case "sourceRangesClosed": {
      const [field, what] = rangesFields[problem.field];
      return closedProblem(
        service,
        problem.family,
        field,
        what,
        `has no usable ${familyName(problem.family)} range, so`,
      );
    }
    case "noSlicePort": {
      const { port, slicePorts } = problem;
      const names = slicePorts.map(portText).join(", ");
      const message = `no EndpointSlice has this port (${portText(port)}), they have ${names || "none"}; it has no endpoints`;
      return portProblem(service, port, message);
    }
    case "addressWithoutClusterIP": {
      const { field, address, family } = problem;
      const message = `${address} is not served, as the Service has no ${familyName(family)} clusterIP`;
      return { object: `Service ${serviceKey(service)}`, field, message };
    }
    case "sliceWithoutClusterIP": {
      const { slice, family } = problem;
      const message = `EndpointSlice ${slice} is not used, as the Service has no ${familyName(family)} clusterIP`;
      return { object: `Service ${serviceKey(service)}`, field: "", message };
    }
  }
}

/** A problem of one port of a Service. */
export function portProblem(service: Service, port: ServicePort, message: string): Problem {
  return { object: `Service ${serviceKey(service)}`, field: port.name === "" ? "" : `port ${port.name}`, message };
}

/** The frontends of the source ranges accept no traffic. */
function closedProblem(service: Service, family: Family, field: string, what: string, why: string): Problem {
  const message = `${why} its ${familyName(family)} ${what} accept no traffic`;
  return { object: `Service ${serviceKey(service)}`, field, message };
}

/** Where all source ranges of a Service are, and to which frontends they apply. */
function allRanges({ loadBalancerSourceRanges, annotations }: Service): readonly [field: string, what: string] {
  const { nodePortSourceRanges, denySourceRanges } = annotations ?? {};
  const field =
    denySourceRanges || (nodePortSourceRanges && loadBalancerSourceRanges)
      ? "denySourceRanges"
      : nodePortSourceRanges
        ? "nodePortSourceRanges"
        : "loadBalancerSourceRanges";
  return rangesFields[field];
}

function annotationField(name: string): string {
  return `metadata.annotations["${name}"]`;
}

/** Where ranges are in the object, and to which frontends they apply. */
const rangesFields = {
  loadBalancerSourceRanges: ["spec.loadBalancerSourceRanges", "load balancer IPs"],
  nodePortSourceRanges: [annotationField(annotationName("node-port-source-ranges")), "NodePorts and external IPs"],
  denySourceRanges: [
    annotationField(annotationName("deny-source-ranges")),
    "load balancer IPs, external IPs and NodePorts",
  ],
} as const satisfies Readonly<Record<RangesField, readonly [field: string, what: string]>>;
