import { expect, test } from "@jest/globals";
import { FrontendOwners } from "../../../src/compile/table/frontend-owners.ts";
import { ServiceProblems } from "../../../src/daemon/follow/service-problems.ts";
import type { Round } from "../../../src/daemon/table/round.ts";
import type { Family } from "../../../src/model/address.ts";
import type { ObjectKey } from "../../../src/model/service.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

function round(family: Family, problems: Readonly<Record<ObjectKey, readonly string[]>>): Round {
  const services = Object.keys(problems) as readonly ObjectKey[];
  const found = services.map((key) => {
    const list = problems[key] ?? [];
    return [key, list.map((message) => ({ object: `Service ${key}`, field: "port a", message }))] as const;
  });
  return {
    family,
    kind: "partial",
    causes: [],
    services: new Map(services.map((key) => [key, { before: undefined, after: undefined }])),
    settings,
    owners: new FrontendOwners(),
    problems: new Map(found.filter(([, list]) => list.length > 0)),
    elements: 0,
    began: 0,
    milliseconds: 0,
  };
}

test("a problem is reported when it starts, once for both families, and when all problems are over", () => {
  const follower = new ServiceProblems();
  const steps: readonly [Family, Readonly<Record<ObjectKey, readonly string[]>>, object, number][] = [
    ["ip", { "default/fine": [] }, { began: [], ended: [] }, 0],
    ["ip", { "default/a": ["x"] }, { began: [{ service: "default/a", problems: ["port a: x"] }], ended: [] }, 1],
    ["ip", { "default/a": ["x"] }, { began: [], ended: [] }, 1],
    ["ip6", { "default/a": ["x"] }, { began: [], ended: [] }, 1],
    ["ip6", { "default/a": ["x", "y"] }, { began: [{ service: "default/a", problems: ["port a: y"] }], ended: [] }, 1],
    // Rounds about others say nothing of it.
    ["ip", { "default/b": ["z"] }, { began: [{ service: "default/b", problems: ["port a: z"] }], ended: [] }, 2],
    ["ip", { "default/a": [] }, { began: [], ended: [] }, 2],
    ["ip6", { "default/a": [] }, { began: [], ended: ["default/a"] }, 1],
    ["ip", { "default/a": ["x"] }, { began: [{ service: "default/a", problems: ["port a: x"] }], ended: [] }, 2],
  ];
  for (const [family, problems, expected, count] of steps) {
    expect(follower.update(round(family, problems))).toEqual(expected);
    expect(follower.count).toBe(count);
  }
});
