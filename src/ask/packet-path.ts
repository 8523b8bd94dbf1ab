import { type Fraction, fraction, plus } from "../nft/evaluate/fraction.ts";
import type { Found, Outcome, Step } from "../nft/evaluate/outcome.ts";
import type { Element, Hook } from "../nft/ruleset.ts";

/** A rule that a packet may match, at a hook of the kernel. */
export type PathStep = Omit<Step, "found"> & {
  readonly hook: Hook["hook"] | undefined;
  readonly probability: Fraction;
  /** What its lookups may find. */
  readonly found: readonly PossiblyFound[];
};

export type PossiblyFound = Found & { readonly probability: Fraction };

/** All paths of a packet combined: each rule once, in the kernel's order. */
export function packetPath(outcomes: readonly Outcome[]): readonly PathStep[] {
  const steps = new Map<string, MergedStep>();
  let path: readonly MergedStep[] = [];
  for (const { probability, steps: trace } of outcomes) {
    let hook: Hook["hook"] | undefined;
    let previous: MergedStep | undefined;
    for (const step of trace) {
      hook = step.chain.hook?.hook ?? hook;
      const key = `${hook} ${step.chain.name} ${step.index}`;
      const merged = steps.get(key) ?? { step, hook, probability: none, found: new Map() };
      if (!steps.has(key)) {
        steps.set(key, merged);
        path = path.toSpliced(previous === undefined ? 0 : path.indexOf(previous) + 1, 0, merged);
      }
      merged.probability = plus(merged.probability, probability);
      for (const { set, element } of step.found) {
        const other = merged.found.get(element)?.probability ?? none;
        merged.found.set(element, { set, element, probability: plus(other, probability) });
      }
      previous = merged;
    }
  }
  return path.map(({ step, hook, probability, found }) => ({ ...step, hook, probability, found: [...found.values()] }));
}

type MergedStep = {
  readonly step: Step;
  readonly hook: Hook["hook"] | undefined;
  probability: Fraction;
  readonly found: Map<Element, PossiblyFound>;
};

const none = fraction(0, 1);
