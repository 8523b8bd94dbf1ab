import { type Expected, expected, fits, type Outcome, type Pod } from "./expected.ts";
import type { History } from "./history.ts";

/** A connection to a Service, from before it was begun to after its outcome was known, in ms. */
export type Connection = {
  readonly service: string;
  readonly clusterIP: string;
  readonly start: number;
  readonly end: number;
  readonly outcome: Outcome;
  /** It took so long that a packet must have been lost and sent again. */
  readonly isResent: boolean;
};

/** What a node's kernel may have known of a Service at any time. */
export type Known = {
  readonly exists: History<boolean>;
  readonly pods: History<readonly Pod[]>;
  /** The node's. */
  readonly zone: History<string>;
};

/** A time in which somebody else's change of the tables did harm, from before the change to after the repair. */
export type Harm = {
  readonly what: string;
  readonly from: number;
  /** Infinite until it is known. */
  readonly until: number;
  /** The ClusterIP whose connections suffer; undefined for all. */
  readonly clusterIP: string | undefined;
};

export type Judgement =
  /** As it had to be. `isCertain`: at that time only one thing could be. */
  | { readonly kind: "explained"; readonly isCertain: boolean }
  /** Not as it had to be, but somebody had done harm. */
  | { readonly kind: "excused"; readonly by: string }
  | { readonly kind: "unexplained"; readonly could: readonly Expected[] };

/**
 * Whether the state of the cluster explains what came of a connection: it must be right for some state that the kernel may
 * have been in while the connection was made. The watches of Services, slices and the Node do not wait for each other, so
 * any combination of what they may have told counts. Where no state drops packets, none may have been lost.
 */
export function judge(connection: Connection, known: Known, harms: readonly Harm[]): Judgement {
  const { start, end, outcome, isResent, clusterIP } = connection;
  const could = possible(known, start, end);
  const isLossRight = !isResent || could.some(({ kind }) => kind === "dropped");
  if (isLossRight && could.some((expectation) => fits(outcome, expectation))) {
    return { kind: "explained", isCertain: could.length === 1 };
  }
  const harm = harms.find(
    (each) => each.from <= end && each.until >= start && (each.clusterIP ?? clusterIP) === clusterIP,
  );
  return harm ? { kind: "excused", by: harm.what } : { kind: "unexplained", could };
}

function possible({ exists, pods, zone }: Known, start: number, end: number): readonly Expected[] {
  const distinct = new Map<string, Expected>();
  for (const isThere of exists.during(start, end)) {
    for (const some of pods.during(start, end)) {
      for (const place of zone.during(start, end)) {
        const expectation = expected({ exists: isThere, pods: some, zone: place });
        distinct.set(JSON.stringify(expectation), expectation);
      }
    }
  }
  return [...distinct.values()];
}
