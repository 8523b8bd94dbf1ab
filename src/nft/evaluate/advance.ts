import type { Statement } from "../rule.ts";
import type { Chain, Hook, Verdict } from "../ruleset.ts";
import type { Result } from "./outcome.ts";
import { type BaseChains, hookAfter } from "./route.ts";
import { goTo, outside, redirect, type Walk } from "./walk.ts";

/** What packets walk through. */
export type Terrain = {
  readonly bases: BaseChains;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly isLocal: (address: string) => boolean;
};

/** The statement that the packet meets next, after one that it matched; undefined when it has met all. */
export function nextStatement(walk: Walk, terrain: Terrain): Statement | undefined {
  for (;;) {
    const { chain, index, caller } = walk.place;
    const rule = chain.rules[index];
    const statement = rule?.[walk.statement];
    if (statement !== undefined) {
      walk.statement += 1;
      return statement;
    }
    if (rule !== undefined) {
      addStep(walk);
      leaveRule(walk);
    } else if (caller !== undefined) goTo(walk, caller);
    else if (!enterBaseChain(walk, terrain)) return undefined;
  }
}

/** Goes on with the next rule. */
export function leaveRule(walk: Walk): void {
  goTo(walk, { ...walk.place, index: walk.place.index + 1 });
}

/** Ends the rule with a verdict, and gives the result if it is the packet's end too. */
export function obey(walk: Walk, verdict: Verdict, { chains }: Terrain): Result | undefined {
  const { place } = walk;
  addStep(walk);
  switch (verdict.kind) {
    case "drop":
      return { kind: "dropped" };
    case "accept":
      goTo(walk, outside);
      return undefined;
    case "return":
      goTo(walk, place.caller ?? outside);
      return undefined;
    case "jump":
    case "goto": {
      const chain = chains.get(verdict.chain);
      if (chain === undefined || place.depth === mostJumps) {
        throw new Error(`the kernel takes no rule that leads to chain ${verdict.chain} from ${place.chain.name}`);
      }
      const caller = verdict.kind === "jump" ? { ...place, index: place.index + 1 } : place.caller;
      goTo(walk, { chain, index: 0, caller, depth: place.depth + 1 });
      return undefined;
    }
  }
}

/** The kernel's NFT_JUMP_STACK_SIZE: it refuses rules of which more follow each other, loops included. */
const mostJumps = 16;

/** Ends NAT of the destination or source, which is decided once. */
export function bind(walk: Walk): void {
  addStep(walk);
  settleNAT(walk);
  goTo(walk, outside);
}

export function addStep(walk: Walk): void {
  const { chain, index } = walk.place;
  walk.steps = [...walk.steps, { chain, index, rule: chain.rules[index] ?? [], found: walk.found }];
}

function enterBaseChain(walk: Walk, terrain: Terrain): boolean {
  for (;;) {
    const [base, ...rest] = walk.bases;
    if (base === undefined) {
      if (!enterHook(walk, terrain)) return false;
    } else {
      walk.bases = rest;
      const side = base.hook.type === "nat" ? translatedSide[base.hook.hook] : undefined;
      if (side === undefined || !walk.isBound[side]) {
        goTo(walk, { ...outside, chain: base });
        return true;
      }
      redirect(walk);
    }
  }
}

function enterHook(walk: Walk, { bases, isLocal }: Terrain): boolean {
  const hook = hookAfter(walk.hook, walk.iifname === "", isLocal(walk.daddr));
  if (hook === undefined) return false;
  if (walk.hook === "postrouting") walk.iifname = "lo";
  settleNAT(walk);
  walk.hook = hook;
  walk.bases = bases.get(hook) ?? [];
  return true;
}

/** What no rule has translated by the end of a hook's NAT stays as it is. */
function settleNAT(walk: Walk): void {
  const side = walk.hook && translatedSide[walk.hook];
  if (side) walk.isBound = { ...walk.isBound, [side]: true };
}

/** What NAT chains of a hook translate. */
const translatedSide: Readonly<Record<Hook["hook"], "destination" | "source" | undefined>> = {
  prerouting: "destination",
  output: "destination",
  input: "source",
  postrouting: "source",
  forward: undefined,
};
