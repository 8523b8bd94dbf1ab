/** A pod behind a Service. Its address is its alone, so that an answer tells which one it was. */
export type Pod = {
  readonly address: string;
  /** Of which zone's clients it is for, by a topology hint. */
  readonly zone: string | undefined;
  readonly condition: "ready" | "unready" | "terminating";
};

/** What a connection to a Service comes to. */
export type Outcome =
  | { readonly kind: "answered"; readonly by: string }
  /** A reset came instead of an answer. */
  | { readonly kind: "refused" }
  /** Nothing came. */
  | { readonly kind: "dropped" }
  | { readonly kind: "failed"; readonly message: string };

/** What it may come to: an answer of any of some pods, or what there is without one. */
export type Expected =
  | { readonly kind: "answered"; readonly by: readonly string[] }
  | { readonly kind: "refused" }
  | { readonly kind: "dropped" };

/** What the node sees of a Service, each part by a watch of its own. */
export type Seen = { readonly exists: boolean; readonly pods: readonly Pod[]; readonly zone: string };

/**
 * What must come of a connection to a Service's ClusterIP.
 *
 * - No Service: the address is of the ServiceCIDR and nobody's, so packets are dropped.
 * - Ready pods answer; where all of them have a hint and one is for the node's zone, those of that zone only.
 * - Without ready pods, those that are terminating do; without any, connections are refused.
 */
export function expected({ exists, pods, zone }: Seen): Expected {
  if (!exists) return { kind: "dropped" };
  const ready = pods.filter(({ condition }) => condition === "ready");
  const near = ready.every((pod) => pod.zone !== undefined) ? ready.filter((pod) => pod.zone === zone) : [];
  const terminating = pods.filter(({ condition }) => condition === "terminating");
  const usable = [near, ready, terminating].find(({ length }) => length > 0);
  return usable ? { kind: "answered", by: usable.map(({ address }) => address) } : { kind: "refused" };
}

export function fits(outcome: Outcome, expectation: Expected): boolean {
  if (outcome.kind !== "answered" || expectation.kind !== "answered") return outcome.kind === expectation.kind;
  return expectation.by.includes(outcome.by);
}
