/** What a guest is told to do, and what it says: a line of JSON for each finding. */

import type { Probe } from "../lab/lab.ts";
import type { UseCounts } from "../lab/messages.ts";

export type Work = {
  /** The fixtures whose packets are sent. */
  readonly packets: readonly string[];
  readonly replacements: readonly Replacement[];
  /** How many transactions replace an endpoint, of each replacement. */
  readonly commits: number;
};

/** An endpoint that is replaced by another, there and back. */
export type Replacement = {
  readonly fixture: string;
  /** The ruleset at first. */
  readonly ruleset: string;
  /** A transaction each, as a line for `nft -i`. */
  readonly there: string;
  readonly back: string;
  /** Who calls meanwhile. */
  readonly calls: readonly Probe[];
};

export type Finding =
  | { readonly kind: "system"; readonly release: string }
  | { readonly kind: "progress"; readonly text: string }
  /** A ruleset was not loaded. */
  | { readonly kind: "refused"; readonly nft: string; readonly fixture: string; readonly text: string }
  | { readonly kind: "loaded"; readonly nft: string; readonly rulesets: number }
  /** What came of a row's packets is not what it says. */
  | { readonly kind: "wrong"; readonly nft: string; readonly sentence: string; readonly came: readonly string[] }
  | { readonly kind: "sent"; readonly nft: string; readonly rows: number }
  | ({ readonly kind: "replaced" } & Replaced)
  | { readonly kind: "failed"; readonly text: string }
  | { readonly kind: "done" };

/** What came of calls while an endpoint was replaced. */
export type Replaced = {
  readonly fixture: string;
  readonly commits: number;
  readonly outcomes: UseCounts;
  /** Packets that came untranslated, by the counters of the rules that drop them. */
  readonly slips: number;
  /** What nft wrote to standard error. */
  readonly complaints: string;
};

/** The sum of the counters of the rules that drop what slipped, in a listing. */
export function slipsIn(listing: string): number {
  return [...listing.matchAll(/served counter packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
}

/** Whether a call came to an endpoint. */
export function isAnswered(outcome: string): boolean {
  return /^pod\d+:\d+/.test(outcome);
}
