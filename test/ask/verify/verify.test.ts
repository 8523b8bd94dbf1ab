import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { verify } from "../../../src/ask/verify/verify.ts";
import { world } from "../../../src/ask/world.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { serviceTables } from "../../../src/compile/compile.ts";
import type { Address } from "../../../src/model/address.ts";
import type { Cluster } from "../../../src/model/cluster.ts";
import { orderedEndpoints } from "../../../src/model/endpoints.ts";
import { serviceKey } from "../../../src/model/service.ts";
import { endpointList } from "../../compile/values.ts";
import { fixtureNames } from "../../golden/fixture.ts";
import { sourcesOf } from "../../golden/sources.ts";
import { arbitraryCluster, arbitrarySettings } from "../../support/arbitrary-cluster.ts";

test.each(fixtureNames)("the ruleset of %s does what its Services say", async (fixture) => {
  const { tables, settings, node } = await desiredTables(sourcesOf(fixture, "remember"), {
    hostname: "",
    addresses: [],
  });
  for (const table of tables) {
    const verified = [...verify(world(table.family, settings, table, node?.addresses), table.rendered())];
    expect(verified.flatMap(({ differences }) => differences)).toEqual([]);
  }
});

test("so does that of a sticky Service whose clients are not remembered for now", async () => {
  const sources = sourcesOf("session-affinity-dual-stack", "remember");
  const { cluster, settings: usual } = await desiredTables(sources, { hostname: "", addresses: [] });
  const { ip, ip6 } = usual.families;
  const unremembered = new Set(cluster.services.map(serviceKey));
  const settings = { ...usual, families: { ip: { ...ip, unremembered }, ip6: { ...ip6, unremembered } } };
  for (const table of serviceTables(cluster, settings)) {
    const verified = [...verify(world(table.family, settings, table), table.rendered())];
    expect(verified.flatMap(({ differences }) => differences)).toEqual([]);
    const others = [...verify(world(table.family, usual, table), table.rendered())];
    expect(others.flatMap(({ differences }) => differences)).not.toEqual([]);
  }
});

test("so do those of random clusters", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitrarySettings, (cluster, settings) => {
      for (const table of serviceTables(withoutCollisions(cluster), settings)) {
        const verified = [...verify(world(table.family, settings, table), table.rendered())];
        expect(verified.flatMap(({ differences }) => differences)).toEqual([]);
      }
    }),
    { numRuns: 100 },
  );
});

/** Without combinations that only chance creates: the number of a NodePort as another port of the node itself. */
function withoutCollisions(cluster: Cluster): Cluster {
  const isOfNode = (address: Address) => address === "192.0.2.10" || address === "2001:db8:2::10";
  const services = cluster.services.map((service) => ({
    ...service,
    externalIPs: service.externalIPs.filter((each) => !isOfNode(each)),
  }));
  const endpointSlices = cluster.endpointSlices.map((slice) => ({
    ...slice,
    endpoints: slice.ports.some(({ port }) => port === 30001)
      ? orderedEndpoints(endpointList(slice.endpoints).filter((each) => !isOfNode(each.address)))
      : slice.endpoints,
  }));
  return { ...cluster, services, endpointSlices };
}
