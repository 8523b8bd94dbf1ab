import { expect, test } from "@jest/globals";
import type { Outcome, Pod } from "./expected.ts";
import { History } from "./history.ts";
import { type Connection, type Harm, type Judgement, judge, type Known } from "./judge.ts";

const a: Pod = { address: "10.128.0.1", zone: undefined, condition: "ready" };
const b: Pod = { ...a, address: "10.128.0.2" };
const inZoneA: Pod = { ...a, zone: "zone-a" };
const inZoneB: Pod = { ...b, zone: "zone-b" };

/** Changed at 100, and the kernel has it at 200 at the latest. */
function changed<T>(before: T, after: T, isConfirmed = true): History<T> {
  const history = new History(before);
  history.record(after, 100);
  if (isConfirmed) history.confirm(101, 200);
  return history;
}

const web: Known = { exists: new History(true), pods: new History([a, b]), zone: new History("zone-a") };
const updated: Known = { ...web, pods: changed<readonly Pod[]>([a], [b]) };
const emptied: Known = { ...web, pods: changed<readonly Pod[]>([a], []) };
const made: Known = { ...web, exists: changed(false, true), pods: changed<readonly Pod[]>([], [a]) };
const deleted: Known = { ...web, exists: changed(true, false), pods: changed<readonly Pod[]>([a], []) };
const zonal: Known = { ...web, pods: new History([inZoneA, inZoneB]) };
const moved: Known = { ...zonal, zone: changed("zone-a", "zone-b") };
const pending: Known = { ...web, pods: changed<readonly Pod[]>([a], [b], false) };
const ending: Known = { ...web, pods: new History<readonly Pod[]>([{ ...a, condition: "terminating" }]) };
const unready: Known = { ...web, pods: new History<readonly Pod[]>([{ ...a, condition: "unready" }, b]) };
const halfHinted: Known = { ...web, pods: new History([inZoneA, b]) };

const byA: Outcome = { kind: "answered", by: a.address };
const byB: Outcome = { kind: "answered", by: b.address };
const refused: Outcome = { kind: "refused" };
const dropped: Outcome = { kind: "dropped" };
const failed: Outcome = { kind: "failed", message: "read ECONNRESET" };

type Verdict = "certain" | "possible" | "excused" | "unexplained";

const cases: readonly (readonly [string, Known, readonly [number, number], Outcome, Verdict])[] = [
  ["one of the pods answers", web, [1, 2], byB, "certain"],
  ["nobody's pod answers", web, [1, 2], { kind: "answered", by: "10.128.0.9" }, "unexplained"],
  ["a Service with pods refuses", web, [1, 2], refused, "unexplained"],
  ["a Service with pods drops", web, [1, 2], dropped, "unexplained"],
  ["the connection breaks", web, [1, 2], failed, "unexplained"],
  ["the old pod before the change", updated, [1, 99], byA, "certain"],
  ["the new pod before the change", updated, [1, 99], byB, "unexplained"],
  ["the old pod while the change is on its way", updated, [150, 151], byA, "possible"],
  ["the new pod while the change is on its way", updated, [150, 151], byB, "possible"],
  ["neither while the change is on its way", updated, [150, 151], refused, "unexplained"],
  ["the old pod, where the packet was sent before the change was there", updated, [199, 250], byA, "possible"],
  ["the old pod after the change", updated, [201, 250], byA, "unexplained"],
  ["the new pod after the change", updated, [201, 250], byB, "certain"],
  ["the old pod as long as nobody knows of the change", pending, [9000, 9001], byA, "possible"],
  ["refused without pods", emptied, [201, 202], refused, "certain"],
  ["dropped without pods", emptied, [201, 202], dropped, "unexplained"],
  ["dropped before there is a Service", made, [1, 99], dropped, "certain"],
  ["refused when the Service is there before its slice", made, [150, 160], refused, "possible"],
  ["answered when both are there", made, [201, 202], byA, "certain"],
  ["dropped when both are there", made, [201, 202], dropped, "unexplained"],
  ["refused when the slice is gone before the Service", deleted, [150, 160], refused, "possible"],
  ["dropped when the Service is gone", deleted, [201, 202], dropped, "certain"],
  ["refused when the Service is gone", deleted, [201, 202], refused, "unexplained"],
  ["a pod of the node's zone", zonal, [1, 2], byA, "certain"],
  ["a pod of another zone", zonal, [1, 2], byB, "unexplained"],
  ["the old zone's pod while the node moves", moved, [150, 151], byA, "possible"],
  ["the old zone's pod after the node has moved", moved, [201, 202], byA, "unexplained"],
  ["any pod where one has no hint", halfHinted, [1, 2], byB, "certain"],
  ["a terminating pod where there is no other", ending, [1, 2], byA, "certain"],
  ["an unready pod", unready, [1, 2], byA, "unexplained"],
];

test.each(cases)("%s: %#", (_, known, [start, end], outcome, verdict) => {
  expect(words(judge(connection(start, end, outcome), known, []))).toBe(verdict);
});

const everyone: Harm = { what: "ruleset flushed", from: 300, until: 400, clusterIP: undefined };
const harms: readonly (readonly [string, Harm, readonly [number, number], Outcome, Verdict])[] = [
  ["before the harm", everyone, [290, 299], dropped, "unexplained"],
  ["begun before the harm, and ended in it", everyone, [290, 301], dropped, "excused"],
  ["begun in it, and ended after the repair", everyone, [390, 3390], dropped, "excused"],
  ["after the repair", everyone, [401, 402], dropped, "unexplained"],
  ["not repaired yet", { ...everyone, until: Number.POSITIVE_INFINITY }, [9000, 9001], failed, "excused"],
  ["right all the same", everyone, [310, 311], byA, "certain"],
  ["to another Service", { ...everyone, clusterIP: "10.96.0.9" }, [310, 311], refused, "unexplained"],
  ["to this Service", { ...everyone, clusterIP: "10.96.0.1" }, [310, 311], refused, "excused"],
];

test.each(harms)("harm, %s", (_, harm, [start, end], outcome, verdict) => {
  expect(words(judge(connection(start, end, outcome), web, [harm]))).toBe(verdict);
});

test("a packet may only be lost if it may be dropped", () => {
  const resent = { isResent: true };
  expect(words(judge({ ...connection(1, 1050, byA), ...resent }, web, []))).toBe("unexplained");
  expect(words(judge({ ...connection(1, 1050, byA), ...resent }, web, [{ ...everyone, from: 0 }]))).toBe("excused");
  expect(words(judge({ ...connection(99, 1100, byA), ...resent }, made, []))).toBe("possible");
  expect(words(judge({ ...connection(201, 1300, byA), ...resent }, made, []))).toBe("unexplained");
});

function connection(start: number, end: number, outcome: Outcome): Connection {
  return { service: "web", clusterIP: "10.96.0.1", start, end, outcome, isResent: false };
}

function words(judgement: Judgement): Verdict {
  if (judgement.kind !== "explained") return judgement.kind;
  return judgement.isCertain ? "certain" : "possible";
}
