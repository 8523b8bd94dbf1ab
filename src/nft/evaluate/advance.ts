import type { Statement } from "../rule.ts";
import type { Chain, Verdict } from "../ruleset.ts";
import type { Result } from "./outcome.ts";
import { type BaseChains, hookAfter } from "./route.ts";
import { goTo, leaveBaseChain, redirect, type Walk } from "./walk.ts";

/** What packets walk through. */
export type Terrain = {
  readonly bases: BaseChains;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly isLocal: (address: string) => boolean;
};

/** The next statement for the packet after one that it matched; undefined after the last. */
export function nextStatement(walk: Walk, terrain: Terrain): Statement | undefined {
  for (;;) {
    const rule = walk.chain.rules[walk.rule];
    const statement = rule?.[walk.statement];
    if (statement !== undefined) {
      walk.statement += 1;
      return statement;
    }
    if (rule !== undefined) {
      addStep(walk);
      leaveRule(walk);
    } else if (walk.caller !== undefined) leaveChain(walk);
    else if (!enterBaseChain(walk, terrain)) return undefined;
  }
}

/** Goes on with the next rule. */
export function leaveRule(walk: Walk): void {
  goTo(walk, walk.chain, walk.rule + 1);
}

/** Ends the rule with a verdict. Returns the result if the verdict also ends the packet's path. */
export function obey(walk: Walk, verdict: Verdict, { chains }: Terrain): Result | undefined {
  addStep(walk);
  switch (verdict.kind) {
    case "drop":
      return { kind: "dropped" };
    case "accept":
      leaveBaseChain(walk);
      return undefined;
    case "return":
      leaveChain(walk);
      return undefined;
    case "jump":
    case "goto": {
      const { chain, rule, caller, depth } = walk;
      const target = chains.get(verdict.chain);
      if (target === undefined || depth === mostJumps) {
        throw new Error(`the kernel takes no rule that leads to chain ${verdict.chain} from ${chain.name}`);
      }
      if (verdict.kind === "jump") walk.caller = { chain, rule: rule + 1, caller, depth };
      walk.depth += 1;
      goTo(walk, target, 0);
      return undefined;
    }
  }
}

/** The kernel's NFT_JUMP_STACK_SIZE: it rejects rules with longer sequences of jumps, including loops. */
const mostJumps = 16;

/** Ends NAT of the destination or source, which is only decided once. */
export function bind(walk: Walk): void {
  addStep(walk);
  settleNAT(walk);
  leaveBaseChain(walk);
}

export function addStep({ steps, chain, rule, found }: Walk): void {
  steps.push({ chain, index: rule, rule: chain.rules[rule] ?? [], found });
}

function leaveChain(walk: Walk): void {
  const { caller } = walk;
  if (caller === undefined) {
    leaveBaseChain(walk);
    return;
  }
  walk.caller = caller.caller;
  walk.depth = caller.depth;
  goTo(walk, caller.chain, caller.rule);
}

function enterBaseChain(walk: Walk, { bases, isLocal }: Terrain): boolean {
  for (;;) {
    const base = walk.hook && bases.get(walk.hook)?.[walk.bases];
    walk.bases += 1;
    if (base === undefined) {
      const next = hookAfter(walk.hook, walk.iifname === "", isLocal(walk.daddr));
      if (next === undefined) return false;
      if (walk.hook === "postrouting") {
        walk.iifname = "lo";
        walk.isConfirmed = true;
      }
      settleNAT(walk);
      walk.hook = next;
      walk.bases = 0;
    } else if (base.hook.type === "filter" || !isBound(walk)) {
      walk.depth = 0;
      goTo(walk, base, 0);
      return true;
    } else redirect(walk);
  }
}

/** If no rule translated the packet by the end of a hook's NAT chains, it stays untranslated. */
function settleNAT(walk: Walk): void {
  if (isOfDestination(walk)) walk.isDestinationBound = true;
  else if (walk.hook === "input" || walk.hook === "postrouting") walk.isSourceBound = true;
}

function isBound(walk: Walk): boolean {
  return isOfDestination(walk) ? walk.isDestinationBound : walk.isSourceBound;
}

/** NAT chains of this hook translate the destination, not the source. */
function isOfDestination({ hook }: Walk): boolean {
  return hook === "prerouting" || hook === "output";
}
