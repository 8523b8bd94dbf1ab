import { type FrontendKey, frontendKeyOf } from "../../compile/plan/frontends.ts";
import type { Listing } from "../../iptables/parse.ts";
import { endpointText } from "../../iptables/print.ts";
import type { Match, Rule, Target } from "../../iptables/rule.ts";
import { isLoopback } from "../../model/address.ts";
import { type CIDR, cidrElement } from "../../model/cidr.ts";
import { compareText } from "../../model/service.ts";
import type { Action, Condition, Entry, Program, Step } from "./program.ts";
import { allAddresses, type ServedTable } from "./served.ts";
import { walkedTable } from "./walk.ts";

/** What kube-proxy's mode iptables serves, in any of its versions; also the output of `render -o iptables`. */
export function iptablesServed({ nat, filter }: Listing): ServedTable {
  const chains = new Map(
    Array.from(nat, ([name, rules]) => [name, rules.flatMap((rule) => step(name, rule))] as const),
  );
  const entries = new Map<FrontendKey, Draft>();
  for (const chain of frontendChains) {
    for (const rule of nat.get(chain) ?? []) addStep(entries, chain, rule);
    for (const rule of filter.get(chain) ?? []) addRefusal(entries, rule);
  }
  for (const rule of filter.get("KUBE-EXTERNAL-SERVICES") ?? []) addRefusal(entries, rule);
  for (const chain of ["KUBE-PROXY-FIREWALL", "KUBE-NODEPORT-FIREWALL"])
    for (const rule of filter.get(chain) ?? []) closeUnlessOpen(entries, chains, rule);
  return walkedTable({ frontends: entries, chains }, nodePortAddresses(nat.get("KUBE-SERVICES") ?? []));
}

const frontendChains = ["KUBE-SERVICES", "KUBE-NODEPORTS"];

type Draft = { -readonly [Field in keyof Entry]: Entry[Field] } & { readonly steps: Step[] };

function draftOf(entries: Map<FrontendKey, Draft>, key: FrontendKey, comment: string | undefined): Draft {
  const draft = entries.get(key) ?? { name: comment?.split(" ", 1)[0], steps: [], otherwise: "left alone" };
  entries.set(key, draft);
  return draft;
}

function addStep(entries: Map<FrontendKey, Draft>, chain: string, rule: Rule): void {
  const key = frontendOf(rule);
  // Address frontends are in one chain, NodePorts in the other.
  if (key === undefined || (key.address === undefined) !== (chain === "KUBE-NODEPORTS")) return;
  const matches = rule.matches.filter(({ kind }) => kind !== "destination" && kind !== "transport");
  const steps = step(chain, { ...rule, matches }).filter(({ conditions }) => !conditions.some(isNever));
  if (steps.length > 0) draftOf(entries, key.key, rule.comment).steps.push(...steps);
}

function addRefusal(entries: Map<FrontendKey, Draft>, { matches, comment, target }: Rule): void {
  const key = frontendOf({ matches });
  if (key === undefined || (target?.kind !== "reject" && target?.kind !== "drop")) return;
  draftOf(entries, key.key, comment).otherwise = target.kind === "drop" ? "dropped" : "refused";
}

/** If the firewall drops the rest, and accepts nothing before, nobody may connect. */
function closeUnlessOpen(entries: Map<FrontendKey, Draft>, chains: Program["chains"], rule: Rule): void {
  const key = rule.target?.kind === "drop" ? frontendOf(rule)?.key : undefined;
  const draft = key === undefined ? undefined : entries.get(key);
  if (draft === undefined || draft.steps.length === 0) return;
  const isOpen = draft.steps.some(({ action }) => "chain" in action && (chains.get(action.chain)?.length ?? 0) > 0);
  if (!isOpen) Object.assign(draft, { otherwise: "dropped", sources: [] });
}

/** The frontend of a rule, according to its matches. */
function frontendOf({
  matches,
}: Rule): { readonly key: FrontendKey; readonly address: string | undefined } | undefined {
  const { protocol, dport } = matches.find((match) => match.kind === "transport") ?? {};
  const destination = destinationOf(matches);
  if (protocol === undefined || dport === undefined || destination?.not) return undefined;
  const address = destination && hostOf(destination.cidr);
  if (destination !== undefined && address === undefined) return undefined;
  return { key: frontendKeyOf(address, protocol, dport), address };
}

function destinationOf(matches: readonly Match[]) {
  return matches.flatMap((match) => (match.kind === "destination" ? [match] : []))[0];
}

/** A network of one address. */
function hostOf(cidr: CIDR): string | undefined {
  const text = cidrElement(cidr);
  return text.includes("/") ? undefined : text;
}

function step(chain: string, { matches, target }: Rule): readonly Step[] {
  const action = target && actionOf(target);
  return action === undefined
    ? []
    : [{ conditions: matches.flatMap((match) => condition(chain, match, matches)), action }];
}

function actionOf(target: Target): Action | undefined {
  switch (target.kind) {
    case "jump":
      if (target.chain === "KUBE-MARK-MASQ") return { kind: "mark" };
      return target.chain === "KUBE-MARK-DROP" ? { kind: "drop" } : target;
    case "dnat":
      return { kind: "endpoint", endpoint: endpointText(target.address, target.port) };
    case "drop":
    case "reject":
      return { kind: "drop" };
    case "return":
    case "accept":
      return { kind: "return" };
    case "masquerade":
    case "setMark":
    case "clearMark":
    case "other":
      return undefined;
  }
}

/** Empty for conditions that always hold where connections to a frontend begin. */
function condition(chain: string, match: Match, all: readonly Match[]): readonly Condition[] {
  switch (match.kind) {
    case "source":
      if (isLoopback(cidrElement(match.cidr))) return [never];
      if (/^KUBE-FWO?-/.test(chain)) return [{ kind: "sourceRange", cidr: match.cidr }];
      return hostOf(match.cidr) === undefined
        ? [{ kind: "localPods", how: match.cidr, not: match.not === true }]
        : [never];
    case "inInterface":
      return [{ kind: "localPods", how: `interface ${match.name}`, not: match.not === true }];
    case "destination": {
      const frontend = frontendOf({ matches: all });
      return frontend === undefined ? [never] : [{ kind: "frontend", key: frontend.key }];
    }
    case "localSource":
      return [{ kind: "thisNode", not: match.not === true }];
    case "localDestination":
      return match.not ? [] : [never];
    case "random":
      return [{ kind: "chance" }];
    case "remembered":
      return [{ kind: "remembered", seconds: match.seconds }];
    case "other":
      if (match.text.includes("--nfacct-name")) return [];
      return match.text === "! --physdev-is-in" ? [{ kind: "notBridged" }] : [never];
    case "transport":
    case "reset":
    case "ctState":
    case "mark":
    case "remember":
      return [];
  }
}

const never: Condition = { kind: "never" };

function isNever({ kind }: Condition): boolean {
  return kind === "never";
}

/** The addresses from which rules lead to those for NodePorts; undefined if no rule does. */
function nodePortAddresses(rules: readonly Rule[]): readonly string[] | undefined {
  const leading = rules.filter(({ target }) => target?.kind === "jump" && target.chain === "KUBE-NODEPORTS");
  const texts = leading.map(({ matches }) => {
    const destination = destinationOf(matches);
    if (destination === undefined) return "all";
    return destination.not ? allAddresses : cidrElement(destination.cidr);
  });
  return leading.length === 0 ? undefined : texts.sort(compareText);
}
