import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Candidates, listingsOf, portEndpoints } from "../../../src/compile/plan/endpoints.ts";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { type EndpointPlan, listOf } from "../../../src/compile/plan/service-plan.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import type { Endpoint } from "../../../src/model/endpoints.ts";
import type { ServicePort } from "../../../src/model/service.ts";
import { arbitraryServicePort, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, endpointList, portOf, service, servicePort, slice } from "../values.ts";

function text({ endpoint: { address }, port, isLocal }: EndpointPlan): string {
  return `${address}:${port}${isLocal ? "*" : ""}`;
}

/** The endpoints of port 80 as `address:port`, `*` for those on this node, and how many are contradictory. */
function endpoints(...slices: readonly EndpointSlice[]) {
  const plan = planService(service(), slices, "ip", settings);
  const [port] = plan.ports;
  return {
    list: (port === undefined ? [] : listOf(port, "cluster")).map(text),
    contradictions: plan.problems.flatMap((problem) =>
      problem.kind === "contradiction" ? [`${problem.address}:${problem.number}`] : [],
    ),
  };
}

function candidates(port: ServicePort, slices: readonly EndpointSlice[]): Candidates {
  return portEndpoints(listingsOf(slices, "ip")(port));
}

test("B-039 the endpoints are the union over the slices, by address as a number", () => {
  const slices = [
    slice([endpoint("10.0.0.11"), endpoint("10.0.0.2", { nodeName: "node-2" })]),
    slice([endpoint("9.0.0.1", { nodeName: undefined }), endpoint("10.0.0.2", { nodeName: "node-2" })]),
  ];
  const expected = { list: ["9.0.0.1:8080", "10.0.0.2:8080", "10.0.0.11:8080*"], contradictions: [] };
  expect(endpoints(...slices)).toEqual(expected);
  expect(endpoints(...slices.toReversed())).toEqual(expected);
});

describe("a slice's port is the Service's where name and protocol are equal", () => {
  test.each<[string, Partial<EndpointSlice>, readonly string[]]>([
    ["B-043 equal", {}, ["10.0.0.1:8080*"]],
    ["B-043 another name", { ports: [{ name: "http", protocol: "tcp", port: portOf(8080) }] }, []],
    ["B-043 another protocol", { ports: [{ name: "", protocol: "udp", port: portOf(8080) }] }, []],
    ["B-043 no port", { ports: [] }, []],
    [
      "B-044 several numbers",
      {
        ports: [
          { name: "", protocol: "tcp", port: portOf(8443) },
          { name: "", protocol: "tcp", port: portOf(8080) },
        ],
      },
      ["10.0.0.1:8080*", "10.0.0.1:8443*"],
    ],
    ["another family", { family: "ip6" }, []],
  ])("%s", (_, fields, list) => {
    expect(endpoints(slice([endpoint("10.0.0.1")], fields)).list).toEqual(list);
  });

  test("B-044 each slice has its own number", () => {
    const other = slice([endpoint("10.0.0.1")], { ports: [{ name: "", protocol: "tcp", port: portOf(81) }] });
    expect(endpoints(slice([endpoint("10.0.0.1")]), other).list).toEqual(["10.0.0.1:81*", "10.0.0.1:8080*"]);
  });
});

describe("W-18 of two that disagree on an endpoint, one is believed, whatever their order", () => {
  const unready = { ready: false, serving: false };
  const terminating = { ready: false, terminating: true };
  test.each<[string, Partial<Endpoint>, Partial<Endpoint>, Partial<EndpointSlice>]>([
    ["the ready one", {}, { ready: false }, { generation: 9 }],
    ["B-049 the running one", {}, { terminating: true, ready: false }, { generation: 9 }],
    ["then the serving one", { ready: false }, unready, { generation: 9 }],
    ["then the one that is not terminating", { ready: false }, terminating, { generation: 9 }],
    ["then that of the later generation", { nodeName: "node-3" }, { nodeName: "node-4" }, { generation: 0 }],
    ["then that of the last slice by name", { nodeName: "node-3" }, { nodeName: "node-4" }, { name: "web-0" }],
  ])("%s", (_, winner, loser, loserSlice) => {
    const slices = [
      slice([endpoint("10.0.0.1", winner)]),
      slice([endpoint("10.0.0.1", loser)], { name: "web-2", ...loserSlice }),
    ];
    for (const all of [slices, slices.toReversed()]) {
      const { endpoints: both, duplicates } = candidates(servicePort(), all);
      expect([endpointList(both)[0], [...duplicates]]).toEqual([endpoint("10.0.0.1", winner), [1]]);
      expect(endpoints(...all).contradictions).toHaveLength(1);
    }
  });

  test.each<[string, Partial<Endpoint>, Partial<Endpoint>]>([
    ["the last node", { nodeName: "node-4" }, { nodeName: "node-3" }],
    ["then the last zone hint", { zoneHints: ["zone-2"] }, { zoneHints: ["zone-1"] }],
    ["then the last node hint", { nodeHints: ["node-1", "node-3"] }, { nodeHints: ["node-2", "node-1"] }],
  ])("in one slice: %s", (_, winner, loser) => {
    const listed = [endpoint("10.0.0.1", winner), endpoint("10.0.0.1", loser)];
    for (const all of [listed, listed.toReversed()]) {
      const { endpoints: both, duplicates } = candidates(servicePort(), [slice(all)]);
      expect([endpointList(both)[0], [...duplicates]]).toEqual([endpoint("10.0.0.1", winner), [1]]);
    }
  });

  test("what they agree on is no contradiction", () => {
    const twice = [slice([endpoint("10.0.0.1")]), slice([endpoint("10.0.0.1", { zoneHints: ["zone-1"] })])];
    expect(endpoints(...twice)).toEqual({ list: ["10.0.0.1:8080*"], contradictions: [] });
  });

  test("three that disagree are one contradiction", () => {
    const disagree = [{}, { ready: false }, { serving: false, ready: false }];
    const { contradictions } = endpoints(...disagree.map((fields) => slice([endpoint("10.0.0.1", fields)])));
    expect(contradictions).toEqual(["10.0.0.1:8080"]);
  });
});

test("the order of slices never matters, and no endpoint is there twice", () => {
  fc.assert(
    fc.property(arbitraryServicePort, fc.array(arbitrarySlice, { maxLength: 6 }), (port, slices) => {
      const counted = ({ endpoints: all, listingAt, duplicates }: Candidates) =>
        endpointList(all).flatMap((each, place) =>
          duplicates.has(place) ? [] : [{ endpoint: each, port: listingAt(place).port }],
        );
      const targets = counted(candidates(port, slices));
      expect(new Set(targets.map(({ endpoint, port }) => `${endpoint.address} ${port}`)).size).toBe(targets.length);
      expect(counted(candidates(port, slices.toReversed()))).toEqual(targets);
    }),
  );
});
