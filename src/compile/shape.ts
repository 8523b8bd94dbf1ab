import type { Protocol } from "../model/port.ts";
import type { Field, LookupStatement, Match, Rule } from "../nft/rule.ts";
import type { Chain, Verdict } from "../nft/ruleset.ts";
import { type Frontend, portKeyFields } from "./frontends.ts";
import { affinityMap, endpointsMap } from "./sets.ts";
import type { AffinityMethod, DetectLocal } from "./settings.ts";

/**
 * What a frontend needs from the chain that balances it. All frontends of one shape share one chain, so the number of
 * chains does not depend on the number of Services.
 */
export type Shape = {
  readonly frontend: Frontend["kind"];
  readonly protocol: Protocol;
  readonly policy: /** A ClusterIP, whatever its policy: from other than local pods, replies must come back through this node. */
    | { readonly kind: "internal" }
    /** An external frontend with externalTrafficPolicy Cluster. */
    | { readonly kind: "external" }
    /**
     * With externalTrafficPolicy Local: outsiders get the local endpoints, from slot 0. Local pods and this node are
     * short-circuited to all endpoints; those have the slots from `clusterListOffset`.
     */
    | { readonly kind: "local"; readonly clusterEndpoints: number };
  /** The length of the frontend's first list. */
  readonly endpoints: number;
  readonly affinity: AffinityMethod | undefined;
};

/** Where the second list of a frontend begins, and so the most endpoints that a list can have. */
export const clusterListOffset = 32768;

/** How the chains of a family tell sources apart and mark packets. */
export type ShapeContext = {
  readonly detectLocal: DetectLocal;
  readonly masqueradeAll: boolean;
  readonly masqueradeMark: number;
};

/** `cluster-ip-tcp-2`, `external-udp-3-sticky`, `node-port-local-tcp-1-of-5`: the name tells the shape. */
export function shapeName(shape: Shape): string {
  const list =
    shape.policy.kind === "local" ? `${shape.endpoints}-of-${shape.policy.clusterEndpoints}` : shape.endpoints;
  return `${frontendName(shape)}-${shape.protocol}-${list}${affinitySuffix(shape)}`;
}

/** The chains of a shape: the one of its name, and the one that it leaves short-circuited traffic to. */
export function shapeChains(shape: Shape, context: ShapeContext): readonly Chain[] {
  const name = shapeName(shape);
  switch (shape.policy.kind) {
    case "internal":
      return [{ name, note: note(shape), rules: [...markUnlessLocal(context), ...balance(shape, shape.endpoints, 0)] }];
    case "external":
      return [{ name, note: note(shape), rules: [[mark(context)], ...balance(shape, shape.endpoints, 0)] }];
    case "local": {
      const { clusterEndpoints } = shape.policy;
      const shortCircuit = `${frontendName(shape)}-short-circuit-${shape.protocol}-${clusterEndpoints}${affinitySuffix(shape)}`;
      const toAll: Verdict = { kind: "goto", chain: shortCircuit };
      const fromThisNode: Match = { kind: "fib", field: "saddr", type: "local" };
      return [
        {
          name: shortCircuit,
          note: `${noteSubject(shape)} with externalTrafficPolicy Local, from this node: ${clusterEndpoints} endpoints`,
          rules: balance(shape, clusterEndpoints, clusterListOffset),
        },
        {
          name,
          note: note(shape),
          rules: [
            ...fromLocalPod(context.detectLocal).map((match) => [match, toAll]),
            [fromThisNode, mark(context)],
            [fromThisNode, toAll],
            ...(shape.endpoints > 0 ? balance(shape, shape.endpoints, 0) : []),
          ],
        },
      ];
    }
  }
}

/** The matches that tell a packet of a local pod: one, or none where there is no way to tell. */
export function fromLocalPod(detectLocal: DetectLocal): readonly (Match | LookupStatement)[] {
  return detectLocal.kind === "none" ? [] : [localPodMatch(detectLocal, false)];
}

/**
 * DNAT to one of `length` endpoints, from slot `offset`.
 *
 * Within a packet, a map is looked up as it is at that moment, but rules are those of when the packet came. So a packet
 * in the chain for n endpoints may find slot n-1 just gone. The second try at the first slot is for it: that slot exists
 * as long as the list has an endpoint, and slot 0 as long as the frontend has.
 */
function balance(shape: Shape, length: number, offset: number): readonly Rule[] {
  const numbers: Field[] =
    shape.affinity === "hash"
      ? [{ kind: "jhashSaddr", modulus: length, offset }]
      : [{ kind: "numgenRandom", modulus: length, offset }];
  if (length > 1) numbers.push({ kind: "numgenRandom", modulus: 1, offset });
  if (offset > 0) numbers.push({ kind: "numgenRandom", modulus: 1, offset: 0 });
  const frontend = portKeyFields(shape.frontend, shape.protocol);
  const map = endpointsMap(shape.frontend, shape.protocol);
  const rules: Rule[] = numbers.map((number) => [{ kind: "dnat", key: [...frontend, number], map }]);
  if (shape.affinity === "remember") rules.unshift(rememberedEndpoint(shape.protocol));
  return rules;
}

function rememberedEndpoint(protocol: Protocol): Rule {
  const key: Field[] = [{ kind: "saddr" }, { kind: "daddr" }, { kind: "dport", protocol }];
  return [
    { kind: "l4proto", protocol },
    { kind: "dnat", key, map: affinityMap(protocol) },
  ];
}

function markUnlessLocal(context: ShapeContext): readonly Rule[] {
  if (context.masqueradeAll) return [[mark(context)]];
  return context.detectLocal.kind === "none" ? [] : [[localPodMatch(context.detectLocal, true), mark(context)]];
}

function mark({ masqueradeMark }: ShapeContext): Rule[number] {
  return { kind: "setMark", mask: masqueradeMark };
}

function localPodMatch(detectLocal: Exclude<DetectLocal, { kind: "none" }>, not: boolean): Match | LookupStatement {
  switch (detectLocal.kind) {
    case "cidrs":
      return { kind: "member", key: [{ kind: "saddr" }], not, set: "pod-cidrs" };
    case "interface":
      return { kind: "iifname", not, name: detectLocal.name, prefix: false };
    case "interfacePrefix":
      return { kind: "iifname", not, name: detectLocal.prefix, prefix: true };
  }
}

function frontendName(shape: Shape): string {
  if (shape.policy.kind === "internal") return "cluster-ip";
  const name = shape.frontend === "nodePort" ? "node-port" : "external";
  return shape.policy.kind === "local" ? `${name}-local` : name;
}

function affinitySuffix({ affinity }: Shape): string {
  return affinity === undefined ? "" : affinity === "remember" ? "-sticky" : "-hashed";
}

function note(shape: Shape): string {
  const endpoints = (count: number) => `${count} endpoint${count === 1 ? "" : "s"}`;
  return shape.policy.kind === "local"
    ? `${noteSubject(shape)} with externalTrafficPolicy Local: ${shape.endpoints} of ${endpoints(shape.policy.clusterEndpoints)} here`
    : `${noteSubject(shape)} with ${endpoints(shape.endpoints)}`;
}

function noteSubject(shape: Shape): string {
  const subject =
    shape.policy.kind === "internal"
      ? "ClusterIP"
      : shape.frontend === "nodePort"
        ? "NodePort"
        : "load balancer IP or external IP";
  const affinity = shape.affinity === undefined ? "" : " and session affinity";
  return `every ${shape.protocol} ${subject}${affinity}`;
}
