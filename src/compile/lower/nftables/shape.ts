import type { Protocol } from "../../../model/port.ts";
import type { Field, Key, LookupStatement, Match, Rule } from "../../../nft/rule.ts";
import type { Chain } from "../../../nft/ruleset.ts";
import { clientParts } from "../../plan/balancing.ts";
import type { Frontend } from "../../plan/frontends.ts";
import type { Balancing, Masquerade } from "../../plan/service-plan.ts";
import type { AffinityMethod, DetectLocal } from "../../settings.ts";
import { affinityMap, frontendSets } from "./sets.ts";
import { endpointRange, lastSlot, longestExact, neighbours, tries } from "./slots.ts";

/**
 * What a frontend needs from a chain that balances over one of its lists. All frontends of a shape share a chain, so the
 * number of chains does not depend on the number of Services.
 */
export type Shape = {
  readonly frontend: Frontend["kind"];
  readonly isExternal: boolean;
  readonly protocol: Protocol;
  /**
   * Whose list it is: everyone's; that of outside clients, if local pods and this node have another; or that other one, to
   * which the chain for outsiders short-circuits them. Only this last list uses the slots from `shortCircuitOffset`.
   */
  readonly list: "everybody" | "outsiders" | "short-circuit";
  /** The size of the list, as in `Slots`; 0 only for outsiders. */
  readonly size: number;
  readonly masquerade: Masquerade;
  readonly affinity: Exclude<AffinityMethod, "none"> | undefined;
  readonly balancing: Balancing;
};

/** The first slot of the second list of a frontend. */
export const shortCircuitOffset = 1_048_576;

/** How the chains of a family distinguish sources and mark packets. */
export type ShapeContext = { readonly detectLocal: DetectLocal; readonly masqueradeMark: number };

/** `cluster-ip-tcp-2`, `external-udp-3-sticky`, `node-port-local-tcp-1`: the name tells the shape. */
export function shapeName({ protocol, size, affinity, balancing, ...shape }: Shape): string {
  const hash = balancing === "random" ? "" : `-${balancing}`;
  const suffix = affinity === undefined ? "" : affinity === "remember" ? "-sticky" : "-hashed";
  return `${frontendName(shape)}-${protocol}-${size}${hash}${suffix}`;
}

export function shapeChain(shape: Shape, context: ShapeContext): Chain {
  const rules =
    shape.list === "outsiders"
      ? [
          ...fromLocalPod(context.detectLocal).flatMap((match) => shortCircuit(shape, match)),
          ...masquerading(shape, context),
          ...shortCircuit(shape, fromThisNode),
        ]
      : masquerading(shape, context);
  return { name: shapeName(shape), note: note(shape), rules: [...rules, ...balance(shape)] };
}

/**
 * The shapes that frontends are likely to have next: for each kind in use the short lists, and those one size longer and
 * shorter than the ones in use. Their chains are made in advance, because the cost of a new chain grows with the
 * cluster: the kernel walks each map that it names.
 */
export function likelyShapes(inUse: Iterable<Shape>): readonly Shape[] {
  const likely = new Map<string, Shape>();
  const kinds = new Set<string>();
  const add = (shape: Shape, size: number) => {
    if (size > 0 || shape.list === "outsiders") likely.set(shapeName({ ...shape, size }), { ...shape, size });
  };
  for (const shape of inUse) {
    for (const size of neighbours(shape.size)) add(shape, size);
    const kind = shapeName({ ...shape, size: 0 });
    if (kinds.has(kind)) continue;
    kinds.add(kind);
    if (shape.balancing !== "random") add(shape, clientParts);
    for (let size = 0; size <= (shape.balancing === "random" ? longestExact : 0); size++) add(shape, size);
  }
  return [...likely.values()];
}

/** The match for packets from local pods; none if there is no way to recognize them. */
export function fromLocalPod(detectLocal: DetectLocal): readonly (Match | LookupStatement)[] {
  return detectLocal.kind === "none" ? [] : [localPodMatch(detectLocal, false)];
}

export const fromThisNode: Match = { kind: "fib", field: "saddr", type: "local" };

/** Twice, because older kernels may miss an element while it is being replaced. */
function shortCircuit({ frontend, protocol }: Shape, match: Rule[number]): readonly Rule[] {
  const { shortCircuits } = frontendSets[frontend][protocol];
  const key: Key = [
    ...(frontend === "address" ? [{ kind: "daddr" } as const] : []),
    { kind: "l4proto" },
    { kind: "dport" },
  ];
  const rule: Rule = [match, { kind: "vmap", key, map: shortCircuits }];
  return [rule, rule];
}

/**
 * DNAT to an endpoint of the list.
 *
 * A packet looks up a map as it is now, but passes the rules as they were when it arrived. So a packet
 * may choose a slot that was just deleted, or on older kernels one that is being replaced; and a longer list has empty
 * slots. Further tries handle these, the last one at a slot that exists as long as the list has an endpoint.
 */
function balance(shape: Shape): readonly Rule[] {
  const { frontend, protocol, list, size, affinity, balancing } = shape;
  if (size === 0) return [];
  const offset = list === "short-circuit" ? shortCircuitOffset : 0;
  const hasRoom = balancing === "random" && size > longestExact;
  const numbers =
    balancing === "random"
      ? Array.from(
          { length: hasRoom ? tries : 1 },
          (_, index): Field =>
            affinity === "hash"
              ? { kind: "jhashSaddr", modulus: size, offset, seed: index }
              : { kind: "numgenRandom", modulus: size, offset },
        )
      : [clientHash(shape, offset), clientHash(shape, offset)];
  numbers.push({ kind: "numgenRandom", modulus: 1, offset: hasRoom ? offset + lastSlot : offset });
  const fields: Key =
    frontend === "nodePort" ? [{ kind: "dport", protocol }] : [{ kind: "daddr" }, { kind: "dport", protocol }];
  const map = frontendSets[frontend][protocol].endpoints;
  const rules: Rule[] = numbers.map((number) => [{ kind: "dnat", key: [...fields, number], map }]);
  if (affinity === "remember") rules.unshift(rememberedEndpoint(protocol));
  return rules;
}

/** All slots are in use, so a second try with the same number is for an element that is being replaced. */
function clientHash({ protocol, balancing, size }: Shape, offset: number): Field {
  const sport = balancing === "source-hash-port" ? { sport: protocol } : {};
  return { kind: "jhashSaddr", ...sport, modulus: size, offset, seed: 0 };
}

function rememberedEndpoint(protocol: Protocol): Rule {
  const key: Field[] = [{ kind: "saddr" }, { kind: "daddr" }, { kind: "dport", protocol }];
  return [
    { kind: "l4proto", protocol },
    { kind: "dnat", key, map: affinityMap(protocol) },
  ];
}

function masquerading({ masquerade, list }: Shape, { detectLocal, masqueradeMark }: ShapeContext): readonly Rule[] {
  const mark: Rule[number] = { kind: "setMark", mask: masqueradeMark };
  // Short-circuited packets come from the chain for outsiders, which may have marked them.
  if (list === "short-circuit") return [];
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

function frontendName({ isExternal, frontend, list }: Pick<Shape, "isExternal" | "frontend" | "list">): string {
  if (!isExternal) return "cluster-ip";
  const name = frontend === "nodePort" ? "node-port" : "external";
  return list === "everybody" ? name : `${name}-${list === "outsiders" ? "local" : list}`;
}

function note(shape: Shape): string {
  const { protocol, isExternal, frontend, list, size, affinity, balancing } = shape;
  const external = frontend === "nodePort" ? "NodePort" : "load balancer IP or external IP";
  const sticky = affinity === undefined ? "" : " and session affinity";
  const subject = `every ${protocol} ${isExternal ? external : "ClusterIP"}${sticky}`;
  const endpoints = endpointsText(size, balancing);
  switch (list) {
    case "everybody":
      return `${subject} with ${endpoints}`;
    case "outsiders":
      return `${subject} with externalTrafficPolicy Local: ${endpoints} here`;
    case "short-circuit":
      return `${subject} with externalTrafficPolicy Local, from this node: ${endpoints}`;
  }
}

function endpointsText(size: number, balancing: Balancing): string {
  if (balancing !== "random" && size > 0) {
    const of = balancing === "source-hash" ? "address" : "address and port";
    return `endpoints in ${size} slots, by the client's ${of}`;
  }
  const [least, most] = endpointRange(size);
  return size > longestExact
    ? `${least} to ${most} endpoints in ${size} slots`
    : `${size} endpoint${size === 1 ? "" : "s"}`;
}
