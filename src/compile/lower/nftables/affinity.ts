import type { Protocol } from "../../../model/port.ts";
import type { Field, Match, Rule } from "../../../nft/rule.ts";
import type { Chain } from "../../../nft/ruleset.ts";
import type { Frontend } from "../../plan/frontends.ts";
import type { DetectLocal } from "../../settings.ts";
import { affinityMap, frontendSets } from "./sets.ts";
import { fromLocalPod, fromThisNode } from "./shape.ts";

/**
 * Session affinity: after DNAT, when the packet's destination is its endpoint, the client's endpoint is remembered for the
 * next connection. Each connection restarts the timeout (B-154).
 */

/**
 * Remembers clients for a time. `clients`: all; or, for an endpoint that is in only one of two lists, the clients of that
 * list: those that externalTrafficPolicy Local short-circuits, or the others.
 */
export type RememberShape = {
  readonly protocol: Protocol;
  readonly timeoutSeconds: number;
  readonly clients: "all" | "short-circuit" | "local-only";
};

export function rememberName({ protocol, timeoutSeconds, clients }: RememberShape): string {
  return `remember-${clients === "all" ? "" : `${clients}-`}${protocol}-${timeoutSeconds}`;
}

export function rememberChains(shape: RememberShape, detectLocal: DetectLocal): readonly Chain[] {
  const { protocol, timeoutSeconds } = shape;
  const name = rememberName({ ...shape, clients: "all" });
  const remember: Chain = {
    name,
    note: `${protocol} clients that keep their endpoint for ${timeoutSeconds} s after their last new connection`,
    rules: [[onlyOf(protocol), { kind: "update", ...affinityElement(protocol), timeoutSeconds }]],
  };
  if (shape.clients === "all") return [remember];
  const isForInsiders = shape.clients === "short-circuit";
  const [insiders, outsiders] = isForInsiders ? [name, forgetName(protocol)] : [forgetName(protocol), name];
  const only = isForInsiders ? "clients on this node only" : "clients outside this node only";
  return [
    remember,
    {
      name: rememberName(shape),
      note: `endpoints that, under externalTrafficPolicy Local, are for ${only}`,
      rules: [
        ...[...fromLocalPod(detectLocal), fromThisNode].map(
          (match): Rule => [match, { kind: "goto", chain: insiders }],
        ),
        [{ kind: "goto", chain: outsiders }],
      ],
    },
  ];
}

function forgetName(protocol: Protocol): string {
  return `forget-${protocol}`;
}

/**
 * The chain for a client whose remembered endpoint is no longer one of the frontend's: the memory is deleted and this
 * packet dropped, so that the client's next attempt is balanced again. It covers the moment between a change of the list
 * and the deletion of what leads to endpoints that are gone.
 */
export function forgetChain(protocol: Protocol): Chain {
  return {
    name: forgetName(protocol),
    note: `${protocol} clients whose endpoint is gone: forget it, and let them try again`,
    rules: [[onlyOf(protocol), { kind: "delete", ...affinityElement(protocol) }], [{ kind: "drop" }]],
  };
}

/** The rules that send a translated packet of a sticky frontend to the chain that remembers or forgets its client. */
export function rememberRules(protocol: Protocol): readonly Rule[] {
  const kinds: readonly Frontend["kind"][] = ["address", "nodePort"];
  const endpoint: readonly Field[] = [{ kind: "daddr" }, { kind: "dport", protocol }];
  const matches = (kind: Frontend["kind"]): Rule => [onlyOf(protocol), ...(kind === "nodePort" ? [onNodePortIP] : [])];
  return [
    ...kinds.map((kind): Rule => {
      const map = frontendSets[kind][protocol].stickyEndpoints;
      return [...matches(kind), { kind: "vmap", key: [...originalFrontend(kind), ...endpoint], map }];
    }),
    ...kinds.map((kind): Rule => {
      const key = originalFrontend(kind);
      const forget = { kind: "goto", chain: forgetName(protocol) } as const;
      return [...matches(kind), { kind: "member", key, set: frontendSets[kind][protocol].stickyFrontends }, forget];
    }),
  ];
}

const originalAddress: Field = { kind: "ctOriginalDaddr" };
const originalPort: Field = { kind: "ctOriginalDport" };
const onNodePortIP: Rule[number] = { kind: "member", key: [originalAddress], set: "node-port-ips" };

function originalFrontend(kind: Frontend["kind"]): readonly Field[] {
  return kind === "nodePort" ? [originalPort] : [originalAddress, originalPort];
}

/** nft 1.0.6 takes `ct original proto-dst` for a port only after this match. */
function onlyOf(protocol: Protocol): Match {
  return { kind: "l4proto", protocol };
}

function affinityElement(protocol: Protocol) {
  return {
    map: affinityMap(protocol),
    key: [{ kind: "saddr" }, originalAddress, originalPort],
    value: [{ kind: "daddr" }, { kind: "dport", protocol }],
  } as const;
}
