import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { servicePortChanges } from "../../src/ask/service-changes.ts";
import { differenceLines, tableDifferences } from "../../src/ask/table-changes.ts";
import { compile } from "../../src/compile/compile.ts";
import type { Settings } from "../../src/compile/settings.ts";
import type { Cluster } from "../../src/model/cluster.ts";
import type { EndpointSlice } from "../../src/model/endpoint-slice.ts";
import { type Service, serviceKey } from "../../src/model/service.ts";
import type { Ruleset, Table } from "../../src/nft/ruleset.ts";
import { diffTables, emptyTable } from "../../src/nft/transaction.ts";
import { endpoint, ips, networks, portOf, service, servicePort, slice } from "../compile/values.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../support/arbitrary-cluster.ts";

function compiled(services: readonly Service[], slices: readonly EndpointSlice[], with_: Settings = settings): Ruleset {
  return compile({ services, endpointSlices: slices, nodes: [], serviceCIDRs: [] }, with_).ruleset;
}

/** The lines about the way from one ruleset to another. */
function lines(before: Ruleset, after: Ruleset): readonly string[] {
  return differenceLines(
    tableDifferences(
      after.map((table, index) => {
        const applied = before[index] ?? emptyTable(table.family);
        return { before: applied, after: table, transaction: diffTables(applied, table) };
      }),
    ),
  );
}

const nodePort = service({ type: "NodePort", ports: [servicePort({ name: "http", nodePort: portOf(30080) })] });
const http = { ports: [{ name: "http", protocol: "tcp" as const, port: portOf(8080) }] };
const several = ["a", "b"].map((name, index) => servicePort({ name, port: portOf(80 + 2 * index) }));
const twoPods = [slice([endpoint("10.0.0.5"), endpoint("10.0.0.7")], http)];

describe("a change is told in the words of the service port", () => {
  test.each<[string, Ruleset, Ruleset, readonly string[]]>([
    ["nothing", compiled([nodePort], twoPods), compiled([nodePort], twoPods), []],
    [
      "an endpoint that comes and one that goes",
      compiled([nodePort], [slice([endpoint("10.0.0.6"), endpoint("10.0.0.7")], http)]),
      compiled([nodePort], [slice([endpoint("10.0.0.5"), endpoint("10.0.0.6")], http)]),
      ["default/web:http  + 10.0.0.5:8080  - 10.0.0.7:8080"],
    ],
    [
      "the last endpoint goes: each frontend is refused",
      compiled([nodePort], [slice([endpoint("10.0.0.5")], http)]),
      compiled([nodePort], []),
      [
        "default/web:http  + 10.96.0.10 port 80/tcp (refused)  + nodePort 30080/tcp (refused)  - 10.96.0.10 port 80/tcp  - nodePort 30080/tcp  - 10.0.0.5:8080",
      ],
    ],
    [
      "its policy: what was served is dropped",
      compiled([nodePort], [slice([endpoint("10.0.0.5", { nodeName: "node-2" })], http)]),
      compiled(
        [{ ...nodePort, internalTrafficPolicy: "Local" }],
        [slice([endpoint("10.0.0.5", { nodeName: "node-2" })], http)],
      ),
      ["default/web:http  + 10.96.0.10 port 80/tcp (dropped)  - 10.96.0.10 port 80/tcp"],
    ],
    [
      "another policy with the same endpoints",
      compiled([nodePort], twoPods),
      compiled([{ ...nodePort, externalTrafficPolicy: "Local" }], twoPods),
      ["default/web:http  ~ nodePort 30080/tcp"],
    ],
    [
      "affinity, and its timeout",
      compiled([{ ...nodePort, sessionAffinity: { timeoutSeconds: 60 } }], twoPods),
      compiled([{ ...nodePort, sessionAffinity: { timeoutSeconds: 90 } }], twoPods),
      ["default/web:http  ~ 10.96.0.10 port 80/tcp  ~ nodePort 30080/tcp"],
    ],
    [
      "another ClusterIP",
      compiled([nodePort], twoPods),
      compiled([{ ...nodePort, clusterIPs: ips("10.96.0.11") }], twoPods),
      ["default/web:http  + 10.96.0.11 port 80/tcp  - 10.96.0.10 port 80/tcp"],
    ],
    [
      "sources",
      compiled([firewalled("192.0.2.0/24")], []),
      compiled([firewalled("192.0.2.0/25", "198.51.100.7/32")], []),
      ["default/web  + source 192.0.2.0/25  + source 198.51.100.7  - source 192.0.2.0/24"],
    ],
    [
      "sources of a range of ports",
      compiled([{ ...firewalled("192.0.2.0/24"), ports: several }], []),
      compiled([{ ...firewalled("192.0.2.0/25"), ports: several }], []),
      [
        "default/web:a  + source 192.0.2.0/25  - source 192.0.2.0/24",
        "default/web:b  + source 192.0.2.0/25  - source 192.0.2.0/24",
      ],
    ],
    [
      "another Service has the frontend now",
      compiled([{ ...nodePort, name: "api" }], []),
      compiled([nodePort], []),
      [
        "default/api:http  - 10.96.0.10 port 80/tcp (refused)  - nodePort 30080/tcp (refused)",
        "default/web:http  + 10.96.0.10 port 80/tcp (refused)  + nodePort 30080/tcp (refused)",
      ],
    ],
  ])("%s", (_, before, after, expected) => {
    expect(lines(before, after).filter((line) => !line.includes("  chains with other rules: "))).toEqual(expected);
  });

  function firewalled(...ranges: readonly string[]): Service {
    return service({
      type: "LoadBalancer",
      loadBalancerIPs: ips("203.0.113.1"),
      loadBalancerSourceRanges: networks(...ranges),
    });
  }
});

const arbitraryCluster: fc.Arbitrary<Cluster> = fc.record({
  services: fc.uniqueArray(arbitraryService, { selector: serviceKey, maxLength: 5 }),
  endpointSlices: fc.uniqueArray(arbitrarySlice, { selector: ({ name }) => name, maxLength: 6 }),
  nodes: fc.constant([]),
  serviceCIDRs: fc.constant([]),
});

test("there is a line if and only if there is something to do", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitraryCluster, arbitrarySettings, arbitrarySettings, (a, b, with_, then) => {
      const before = compile(a, with_).ruleset;
      const after = compile(b, then).ruleset;
      const isDifferent = after.some((table, index) => diffTables(before[index], table).commands.length > 0);
      expect({ isTold: lines(before, after).length > 0 }).toEqual({ isTold: isDifferent });
      expect(lines(before, before)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("the order of a set's elements, which nft chooses, does not matter", () => {
  fc.assert(
    fc.property(arbitraryCluster, (cluster) => {
      for (const table of compile(cluster, settings).ruleset) {
        expect(servicePortChanges(shuffled(table), table)).toEqual([]);
      }
    }),
  );
});

function shuffled({ sets, ...table }: Table): Table {
  return {
    ...table,
    sets: new Map([...sets].map(([name, set]) => [name, { ...set, elements: set.elements.toReversed() }])),
  };
}
