import type { Protocol } from "../../model/port.ts";
import type { Field, Key, LookupStatement, Match, Rule } from "../../nft/rule.ts";
import type { Chain, Verdict } from "../../nft/ruleset.ts";
import type { Frontend } from "../plan/frontends.ts";
import type { Masquerade } from "../plan/service-plan.ts";
import type { AffinityMethod, DetectLocal } from "../settings.ts";
import { affinityMap, frontendSets } from "./sets.ts";

/**
 * What a frontend needs from the chain that balances it. All frontends of one shape share one chain, so the number of
 * chains does not depend on the number of Services.
 */
export type Shape = {
  readonly frontend: Frontend["kind"];
  readonly isExternal: boolean;
  readonly protocol: Protocol;
  /** The length of the list for outsiders. Its endpoints have the slots from 0. */
  readonly endpoints: number;
  /**
   * The length of the list for local pods and this node, where that is another: they are short-circuited to it. Its
   * endpoints have the slots from `clusterListOffset`.
   */
  readonly shortCircuit: number | undefined;
  readonly masquerade: Masquerade;
  readonly affinity: AffinityMethod | undefined;
};

/** Where the second list of a frontend begins, and so the most endpoints that a list can have. */
export const clusterListOffset = 32768;

/** How the chains of a family tell sources apart and mark packets. */
export type ShapeContext = { readonly detectLocal: DetectLocal; readonly masqueradeMark: number };

/** `cluster-ip-tcp-2`, `external-udp-3-sticky`, `node-port-local-tcp-1-of-5`: the name tells the shape. */
export function shapeName(shape: Shape): string {
  const list = shape.shortCircuit === undefined ? shape.endpoints : `${shape.endpoints}-of-${shape.shortCircuit}`;
  return `${frontendName(shape)}-${shape.protocol}-${list}${affinitySuffix(shape)}`;
}

/** The chains of a shape: the one of its name, and the one that it leaves short-circuited traffic to. */
export function shapeChains(shape: Shape, context: ShapeContext): readonly Chain[] {
  const name = shapeName(shape);
  const outsiders = shape.endpoints > 0 ? balance(shape, shape.endpoints, 0) : [];
  if (shape.shortCircuit === undefined) {
    return [{ name, note: note(shape), rules: [...masquerading(shape, context), ...outsiders] }];
  }
  const shortCircuit = `${frontendName(shape)}-short-circuit-${shape.protocol}-${shape.shortCircuit}${affinitySuffix(shape)}`;
  const toAll: Verdict = { kind: "goto", chain: shortCircuit };
  return [
    {
      name: shortCircuit,
      note: `${noteSubject(shape)} with externalTrafficPolicy Local, from this node: ${shape.shortCircuit} endpoints`,
      rules: balance(shape, shape.shortCircuit, clusterListOffset),
    },
    {
      name,
      note: note(shape),
      rules: [
        ...fromLocalPod(context.detectLocal).map((match) => [match, toAll]),
        ...masquerading(shape, context),
        [fromThisNode, toAll],
        ...outsiders,
      ],
    },
  ];
}

/** The matches that tell a packet of a local pod: one, or none where there is no way to tell. */
export function fromLocalPod(detectLocal: DetectLocal): readonly (Match | LookupStatement)[] {
  return detectLocal.kind === "none" ? [] : [localPodMatch(detectLocal, false)];
}

export const fromThisNode: Match = { kind: "fib", field: "saddr", type: "local" };

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
  const frontend = frontendFields(shape);
  const map = frontendSets[shape.frontend][shape.protocol].endpoints;
  const rules: Rule[] = numbers.map((number) => [{ kind: "dnat", key: [...frontend, number], map }]);
  if (shape.affinity === "remember") rules.unshift(rememberedEndpoint(shape.protocol));
  return rules;
}

/** What in a packet tells the frontend, once the protocol is known. */
function frontendFields({ frontend, protocol }: Shape): Key {
  return frontend === "nodePort" ? [{ kind: "dport", protocol }] : [{ kind: "daddr" }, { kind: "dport", protocol }];
}

function rememberedEndpoint(protocol: Protocol): Rule {
  const key: Field[] = [{ kind: "saddr" }, { kind: "daddr" }, { kind: "dport", protocol }];
  return [
    { kind: "l4proto", protocol },
    { kind: "dnat", key, map: affinityMap(protocol) },
  ];
}

function masquerading({ masquerade }: Shape, { detectLocal, masqueradeMark }: ShapeContext): readonly Rule[] {
  const mark: Rule[number] = { kind: "setMark", mask: masqueradeMark };
  switch (masquerade) {
    case "none":
      return [];
    case "all":
      return [[mark]];
    case "this node":
      return [[fromThisNode, mark]];
    case "all but local pods":
      return detectLocal.kind === "none" ? [[mark]] : [[localPodMatch(detectLocal, true), mark]];
  }
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

function frontendName({ isExternal, frontend, shortCircuit }: Shape): string {
  if (!isExternal) return "cluster-ip";
  const name = frontend === "nodePort" ? "node-port" : "external";
  return shortCircuit === undefined ? name : `${name}-local`;
}

function affinitySuffix({ affinity }: Shape): string {
  return affinity === undefined ? "" : affinity === "remember" ? "-sticky" : "-hashed";
}

function note(shape: Shape): string {
  const endpoints = (count: number) => `${count} endpoint${count === 1 ? "" : "s"}`;
  return shape.shortCircuit === undefined
    ? `${noteSubject(shape)} with ${endpoints(shape.endpoints)}`
    : `${noteSubject(shape)} with externalTrafficPolicy Local: ${shape.endpoints} of ${endpoints(shape.shortCircuit)} here`;
}

function noteSubject(shape: Shape): string {
  const external = shape.frontend === "nodePort" ? "NodePort" : "load balancer IP or external IP";
  const affinity = shape.affinity === undefined ? "" : " and session affinity";
  return `every ${shape.protocol} ${shape.isExternal ? external : "ClusterIP"}${affinity}`;
}
