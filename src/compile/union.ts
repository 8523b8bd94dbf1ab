import type { Problem } from "../model/problem.ts";
import { comparePrecedence, serviceKey } from "../model/service.ts";
import type { Element } from "../nft/ruleset.ts";
import { type RememberShape, rememberName } from "./affinity.ts";
import type { Frontend } from "./frontends.ts";
import { type FrontendRules, portProblem, type ServiceRules } from "./service-rules.ts";
import { type Shape, shapeName } from "./shape.ts";

/** What all Services together put into a table. */
export type Union = {
  readonly elements: ReadonlyMap<string, readonly Element[]>;
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly remember: ReadonlyMap<string, RememberShape>;
  readonly problems: readonly Problem[];
};

/**
 * Unites the rules of Services that are in order of namespace and name.
 *
 * Of Services with the same frontend, the one with the highest precedence has it, and the others are reported. What
 * several Services may share without harm, such as an endpoint that can meet its own connections, is there once.
 */
export function union(services: readonly ServiceRules[]): Union {
  const elements = new Map<string, Element[]>();
  const shapes = new Map<string, Shape>();
  const remember = new Map<string, RememberShape>();
  const problems: Problem[] = [];
  const push = (set: string, added: readonly Element[]) => {
    const existing = elements.get(set);
    if (existing === undefined) elements.set(set, [...added]);
    else for (const element of added) existing.push(element);
  };
  const winners = frontendWinners(services);
  const clusterIPs = new Set(services.flatMap(({ clusterIP }) => (clusterIP === undefined ? [] : [clusterIP])));
  for (const rules of services) {
    problems.push(...rules.problems);
    for (const frontend of rules.frontends) {
      const winner = winners.get(frontend.claim);
      if (winner !== undefined && winner.frontend !== frontend) {
        problems.push(conflict(rules, frontend, winner));
        continue;
      }
      for (const { set, elements: added } of frontend.elements) push(set, added);
      if (frontend.shape) shapes.set(shapeName(frontend.shape), frontend.shape);
      for (const shape of frontend.remember) remember.set(rememberName(shape), shape);
    }
    problems.push(...clusterIPEndpoints(rules, clusterIPs));
  }
  const hairpins = new Set(services.flatMap(({ hairpins }) => hairpins));
  push(
    "cluster-ips",
    [...clusterIPs].map((ip) => ({ key: [ip] })),
  );
  push(
    "hairpin",
    [...hairpins].map((ip) => ({ key: [ip, ip] })),
  );
  return { elements, shapes, remember, problems };
}

type Claimant = { readonly rules: ServiceRules; readonly frontend: FrontendRules };

/** Who has each frontend. Within a Service it is the first; between Services it depends on their precedence. */
function frontendWinners(services: readonly ServiceRules[]): ReadonlyMap<string, Claimant> {
  const winners = new Map<string, Claimant>();
  for (const rules of services) {
    for (const frontend of rules.frontends) {
      const rival = winners.get(frontend.claim);
      if (rival === undefined || comparePrecedence(rules.service, rival.rules.service) < 0) {
        winners.set(frontend.claim, { rules, frontend });
      }
    }
  }
  return winners;
}

function conflict({ service }: ServiceRules, { frontend, owner }: FrontendRules, winner: Claimant): Problem {
  const other = winner.rules.service;
  const reason =
    other === service
      ? `is already that of its port ${winner.frontend.owner}`
      : `belongs to Service ${serviceKey(other)}, which ${other.created < service.created ? "is older" : "comes first by name"}`;
  return portProblem(service, owner, `${frontendText(frontend)} ${reason}; it is not served for this port`);
}

/** `nodePort 30080/tcp` or `10.96.0.10 port 80/tcp`. */
export function frontendText(frontend: Frontend): string {
  return frontend.kind === "nodePort"
    ? `nodePort ${frontend.port}/${frontend.protocol}`
    : `${frontend.address} port ${frontend.port}/${frontend.protocol}`;
}

/** A packet is translated once, so one that is sent on to a ClusterIP is refused there (B-100). */
function clusterIPEndpoints({ service, frontends }: ServiceRules, clusterIPs: ReadonlySet<string>): readonly Problem[] {
  const found = new Map<string, Problem>();
  for (const { owner, elements } of frontends) {
    for (const { elements: added } of elements) {
      for (const { value } of added) {
        if (value === undefined || "kind" in value || !clusterIPs.has(String(value[0]))) continue;
        const message = `endpoint ${value[0]} is itself a ClusterIP, so connections to it are refused`;
        found.set(`${owner} ${message}`, portProblem(service, owner, message));
      }
    }
  }
  return [...found.values()];
}
