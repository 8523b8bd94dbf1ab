import { type FrontendKey, frontendKeyOf } from "../../compile/plan/frontends.ts";
import { endpointText } from "../../iptables/print.ts";
import { address } from "../../model/address.ts";
import { type CIDR, cidr, hostCIDR } from "../../model/cidr.ts";
import { port } from "../../model/port.ts";
import { compareText } from "../../model/service.ts";
import { list, property } from "../../nft/json.ts";
import type { Action, Condition, Entry, Step } from "./program.ts";
import { allAddresses, type ServedTable } from "./served.ts";
import { walkedTable } from "./walk.ts";

/** What kube-proxy's mode nftables serves, from the output of `nft -j list table ip kube-proxy`. */
export function nftablesServed(json: unknown): ServedTable {
  const table = tableOf(json);
  const { sets, rules } = table;
  const chains = new Map<string, readonly Step[]>();
  for (const [name, own] of rules) {
    // Source ranges are read from their rules, below.
    if (!name.startsWith("firewall-"))
      chains.set(
        name,
        own.flatMap((rule) => steps(rule, table)),
      );
  }
  const clusterIPs = new Set(sets.get("cluster-ips")?.items.map(({ parts: [ip] }) => ip));
  const marking = (rules.get("services") ?? []).filter((rule) => rule.some(isOf("match", "@cluster-ips")));
  const marks = marking.flatMap((rule) => steps(rule, table)).filter(({ action }) => action.kind === "mark");
  const entries = new Map<FrontendKey, { -readonly [Field in keyof Entry]: Entry[Field] }>();
  const entryOf = ({ parts, name }: Item) => {
    const [own, protocol = "", ip] = parts.toReversed();
    const key = frontendKeyOf(ip, protocol, own ?? "");
    const entry = entries.get(key) ?? { name, steps: [], otherwise: "left alone" };
    entries.set(key, entry);
    return { ip, entry };
  };
  for (const item of ["service-ips", "service-nodeports"].flatMap((name) => sets.get(name)?.items ?? [])) {
    if (item.action === undefined) continue;
    const { ip, entry } = entryOf(item);
    entry.steps = [...(ip !== undefined && clusterIPs.has(ip) ? marks : []), { conditions: [], action: item.action }];
  }
  for (const item of ["no-endpoint-services", "no-endpoint-nodeports"].flatMap((name) => sets.get(name)?.items ?? [])) {
    entryOf(item).entry.otherwise = item.action?.kind === "drop" ? "dropped" : "refused";
  }
  for (const item of sets.get("firewall-ips")?.items ?? []) {
    const chain = item.action !== undefined && "chain" in item.action ? item.action.chain : "";
    entryOf(item).entry.sources = (rules.get(chain) ?? []).flatMap((rule) => rule.flatMap(allowedSources));
  }
  return walkedTable({ frontends: entries, chains }, nodePortAddresses(table));
}

/** A rule's expressions. */
type Expressions = readonly unknown[];

/** An element, with the service port that it names, if any. */
type Item = {
  readonly parts: readonly string[];
  readonly name: string | undefined;
  readonly action: Action | undefined;
};

type KubeProxyTable = {
  readonly sets: ReadonlyMap<string, { readonly items: readonly Item[]; readonly timeout: number }>;
  readonly rules: ReadonlyMap<string, readonly Expressions[]>;
};

function tableOf(json: unknown): KubeProxyTable {
  const sets = new Map<string, { readonly items: readonly Item[]; readonly timeout: number }>();
  const rules = new Map<string, Expressions[]>();
  for (const object of list(property(json, "nftables"))) {
    const set = property(object, "set") ?? property(object, "map");
    const rule = property(object, "rule");
    const chain = String(property(rule, "chain"));
    if (set !== undefined) {
      const items = list(property(set, "elem")).map(itemOf);
      sets.set(String(property(set, "name")), { items, timeout: Number(property(set, "timeout")) });
    } else if (rule !== undefined) {
      const own = rules.get(chain) ?? [];
      own.push(list(property(rule, "expr")));
      rules.set(chain, own);
    }
  }
  return { sets, rules };
}

/** An element of a set, or a pair of a map's element and its verdict. */
function itemOf(json: unknown): Item {
  const [head, verdict] = Array.isArray(json) ? json : [json, undefined];
  const element = property(head, "elem");
  const value = property(element, "val") ?? head;
  const action = verdictOf(verdict);
  const comment = property(element, "comment");
  return {
    parts: (property(value, "concat") === undefined ? [value] : list(property(value, "concat"))).map(String),
    name:
      typeof comment === "string"
        ? comment
        : action !== undefined && "chain" in action
          ? nameOf(action.chain)
          : undefined,
    action,
  };
}

/** The service port in the name of a chain: `service-ULMVA6XW-ns1/svc1/tcp/p80`. */
function nameOf(chain: string): string | undefined {
  const [, service, name = ""] = /^[a-z]+-[A-Z2-7]{8}-([^/]+\/[^/]+)\/\w+\/([^/]*)$/.exec(chain) ?? [];
  return service === undefined || name === "" ? service : `${service}:${name}`;
}

function verdictOf(json: unknown): Action | undefined {
  for (const kind of ["jump", "goto"] as const) {
    const chain = property(property(json, kind), "target");
    if (chain === "mark-for-masquerade") return { kind: "mark" };
    if (typeof chain === "string") return { kind, chain };
  }
  if (property(json, "drop") !== undefined || property(json, "reject") !== undefined) return { kind: "drop" };
  return property(json, "return") === undefined ? undefined : { kind: "return" };
}

function steps(rule: Expressions, table: KubeProxyTable): readonly Step[] {
  const conditions = rule.flatMap((expression) => conditionsOf(property(expression, "match"), table));
  const actions = rule.flatMap(actionsOf);
  const chance: Condition = { kind: "chance" };
  return actions.map((action, index) => ({
    conditions: index + 1 < actions.length ? [...conditions, chance] : conditions,
    action,
  }));
}

/** What an expression does: of several actions, one is chosen at random. */
function actionsOf(expression: unknown): readonly Action[] {
  const verdict = verdictOf(expression);
  if (verdict !== undefined) return [verdict];
  const mangled = property(property(expression, "mangle"), "value");
  if (property(mangled, "|") !== undefined) return [{ kind: "mark" }];
  const chosen = list(property(property(property(expression, "vmap"), "data"), "set"));
  if (chosen.length > 0) return chosen.flatMap((pair) => verdictOf(list(pair)[1]) ?? []);
  const dnat = property(expression, "dnat");
  const addresses = property(dnat, "addr");
  const targets = list(property(property(property(addresses, "map"), "data"), "set"));
  const pairs =
    targets.length > 0
      ? targets.map((pair) => list(property(list(pair)[1], "concat")))
      : [[addresses, property(dnat, "port")]];
  return pairs.flatMap(([ip, number]) => endpointAction(ip, number));
}

function endpointAction(ip: unknown, number: unknown): readonly Action[] {
  const [own, target] = [address(String(ip)), port(Number(number))];
  return own === undefined || target === undefined ? [] : [{ kind: "endpoint", endpoint: endpointText(own, target) }];
}

/** Empty for conditions that always hold where connections to a frontend begin. */
function conditionsOf(match: unknown, { sets }: KubeProxyTable): readonly Condition[] {
  if (match === undefined) return [];
  const [left, right] = [property(match, "left"), property(match, "right")];
  const not = property(match, "op") === "!=";
  const field = property(property(left, "payload"), "field");
  const meta = property(property(left, "meta"), "key");
  if (field === "saddr") {
    if (typeof right === "string" && right.startsWith("@affinity-"))
      return [{ kind: "remembered", seconds: sets.get(right.slice(1))?.timeout ?? Number.NaN }];
    const [network] = networksOf(right);
    // A single address belongs to an endpoint that may meet itself.
    return network === undefined || typeof right === "string" ? [never] : [{ kind: "localPods", how: network, not }];
  }
  if (field === "dport") return [];
  if (field === "daddr")
    return typeof right !== "string" || right.startsWith("@") ? [] : [{ kind: "frontend", key: right }];
  if (meta === "iifname") return [{ kind: "localPods", how: `interface ${String(right).replace(/\*$/, "+")}`, not }];
  const [fib] = list(property(property(left, "fib"), "flags"));
  if (fib === "saddr") return [{ kind: "thisNode", not }];
  return meta === "l4proto" || fib === "daddr" ? [] : [never];
}

const never: Condition = { kind: "never" };

/** An address, a network, or the contents of a set. */
function networksOf(json: unknown): readonly CIDR[] {
  const members = property(json, "set");
  if (members !== undefined) return list(members).flatMap(networksOf);
  const prefix = property(json, "prefix");
  const ip = address(String(json));
  const network =
    prefix === undefined ? ip && hostCIDR(ip) : cidr(`${property(prefix, "addr")}/${property(prefix, "len")}`);
  return network === undefined ? [] : [network];
}

function allowedSources(expression: unknown): readonly CIDR[] {
  const match = property(expression, "match");
  const field = property(property(property(match, "left"), "payload"), "field");
  return field === "saddr" && property(match, "op") === "!=" ? networksOf(property(match, "right")) : [];
}

function isOf(kind: string, right: string) {
  return (expression: unknown) => property(property(expression, kind), "right") === right;
}

function nodePortAddresses({ sets, rules }: KubeProxyTable): readonly string[] | undefined {
  const leads = (expression: unknown) => property(property(expression, "vmap"), "data") === "@service-nodeports";
  const rule = rules.get("services")?.find((each) => each.some(leads));
  if (rule === undefined) return undefined;
  if (!rule.some(isOf("match", "@nodeport-ips"))) return [allAddresses];
  return (sets.get("nodeport-ips")?.items ?? []).map(({ parts: [ip = ""] }) => ip).sort(compareText);
}
