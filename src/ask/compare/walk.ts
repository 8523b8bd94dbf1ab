import type { FrontendKey } from "../../compile/plan/frontends.ts";
import { type CIDR, mergedCIDRs } from "../../model/cidr.ts";
import { compareText } from "../../model/service.ts";
import { type Action, type Condition, type Entry, isLocalList, type Program, type Step } from "./program.ts";
import { allClients, type Client, type Served, type ServedTable, type Treatment } from "./served.ts";

/** What the rules of a proxy serve. */
export function walkedTable(program: Program, nodePortAddresses: readonly string[] | undefined): ServedTable {
  const frontends = new Map(
    Array.from(program.frontends, ([key, entry]) => [key, walked(program, key, entry)] as const),
  );
  return {
    frontends,
    settings: { "local pods": localPods(program), "addresses of NodePorts": nodePortAddresses, scheduler: undefined },
  };
}

/** Undefined if no rule checks them. */
function localPods({ chains, frontends }: Program): readonly string[] | undefined {
  const how = new Set<string>();
  for (const steps of [...chains.values(), ...Array.from(frontends.values(), (entry) => entry.steps)]) {
    for (const { conditions } of steps)
      for (const condition of conditions) if (condition.kind === "localPods") how.add(condition.how);
  }
  return how.size === 0 ? undefined : [...how].sort(compareText);
}

/** Each kind of client takes all paths that are open to it. */
function walked(program: Program, key: FrontendKey, entry: Entry): Served {
  const ways = allClients.map((client) => {
    const way = newWay(client, key);
    follow(program, way, entry.steps, 0);
    return [client, way] as const;
  });
  const all = ways.map(([, way]) => way);
  const [outside] = all;
  const treatments = Object.fromEntries(ways.map(([client, way]) => [client, treatment(way, entry)]));
  const isBalanced = all.some(({ endpoints }) => endpoints.size > 0);
  const sources = entry.sources ?? (outside && outside.sources.length > 0 ? outside.sources : undefined);
  return {
    name: entry.name,
    clients: {
      outside: treatments["outside"],
      "local pods": treatments["local pods"],
      "this node": treatments["this node"],
    },
    policy: outside === undefined ? undefined : policy(outside, entry, isBalanced),
    affinity: isBalanced ? affinity(all) : undefined,
    sources: sources === undefined ? (isBalanced ? "all" : undefined) : mergedCIDRs(sources),
    denied: outside === undefined || !isBalanced ? undefined : mergedCIDRs(outside.denied),
  };
}

/** One kind of client on its path through the rules. */
type Way = {
  readonly client: Client;
  readonly key: FrontendKey;
  readonly endpoints: Set<string>;
  /** The affinity timeout of each endpoint chain that has one. */
  readonly remembered: number[];
  readonly sources: CIDR[];
  readonly denied: CIDR[];
  isMarked: boolean;
  isDropped: boolean;
  isUnknown: boolean;
  isLocal: boolean;
};

function newWay(client: Client, key: FrontendKey): Way {
  const flags = { isMarked: false, isDropped: false, isUnknown: false, isLocal: false };
  return { client, key, endpoints: new Set(), remembered: [], sources: [], denied: [], ...flags };
}

/** `over`: the packet's path ends. `back`: it continues in the calling chain. */
type End = "over" | "back";

/** No proxy's chains are nested deeper. */
const deepest = 8;

function follow(program: Program, way: Way, steps: readonly Step[], depth: number): End {
  for (const { conditions, action } of steps) {
    const judged = judge(conditions, way);
    for (const condition of conditions) {
      if (condition.kind === "sourceRange") (action.kind === "return" ? way.denied : way.sources).push(condition.cidr);
    }
    if (judged === "no") continue;
    const end = act(program, way, action, depth);
    // If it is uncertain whether a packet takes this path, others continue.
    if (end !== undefined && judged === "yes") return end;
  }
  return "back";
}

/** Undefined: continue with the next rule. */
function act(program: Program, way: Way, action: Action, depth: number): End | undefined {
  switch (action.kind) {
    case "mark":
      way.isMarked = true;
      return undefined;
    case "endpoint":
      way.endpoints.add(action.endpoint);
      return "over";
    case "drop":
      way.isDropped ||= way.endpoints.size === 0;
      return "over";
    case "return":
      return "back";
    case "jump":
    case "goto": {
      way.isLocal ||= isLocalList(action.chain);
      const end = depth < deepest ? follow(program, way, program.chains.get(action.chain) ?? [], depth + 1) : "back";
      return end === "over" || action.kind === "goto" ? end : undefined;
    }
  }
}

function judge(conditions: readonly Condition[], way: Way): "yes" | "no" | "perhaps" {
  let judged: "yes" | "perhaps" = "yes";
  for (const condition of conditions) {
    switch (condition.kind) {
      case "never":
        return "no";
      case "frontend":
        if (condition.key !== way.key && !way.key.startsWith(`${condition.key} `)) return "no";
        break;
      case "localPods":
        if ((way.client === "local pods") === condition.not) return "no";
        break;
      case "thisNode":
        // Only rules for policy Local check this.
        way.isLocal ||= !condition.not;
        if ((way.client === "this node") === condition.not) return "no";
        break;
      case "notBridged":
        way.isUnknown ||= way.client !== "outside";
        break;
      case "sourceRange":
        judged = "perhaps";
        break;
      case "remembered":
        way.remembered.push(condition.seconds);
        return "no";
      case "chance":
        judged = "perhaps";
        break;
    }
  }
  return judged;
}

function treatment(way: Way, { otherwise }: Entry): Treatment | undefined {
  if (way.isUnknown) return undefined;
  if (way.endpoints.size === 0) return { kind: way.isDropped && otherwise === "left alone" ? "dropped" : otherwise };
  const endpoints = [...way.endpoints].sort(compareText);
  return { kind: "balanced", endpoints, isMasqueraded: way.isMarked };
}

function policy({ isLocal }: Way, { otherwise, sources }: Entry, isBalanced: boolean): Served["policy"] {
  if (isLocal || (otherwise === "dropped" && sources === undefined)) return "Local";
  return isBalanced ? "Cluster" : undefined;
}

function affinity(ways: readonly Way[]): string {
  const remembered = ways.flatMap((way) => way.remembered);
  const count = ways.reduce((sum, { endpoints }) => sum + endpoints.size, 0);
  const seconds = [...new Set(remembered)].sort((a, b) => a - b).map((each) => `${each} s`);
  if (seconds.length === 0) return "none";
  return `${seconds.join(" or ")}${remembered.length < count ? ", not for all endpoints" : ""}`;
}
