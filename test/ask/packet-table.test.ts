import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { outsideClient } from "../../src/ask/clients.ts";
import { explainPacket } from "../../src/ask/packet-explanation.ts";
import { packetTable } from "../../src/ask/packet-table.ts";
import { type World, world } from "../../src/ask/world.ts";
import { desiredTables } from "../../src/cli/desired.ts";
import { serviceTables } from "../../src/compile/compile.ts";
import { endpointPlans } from "../../src/compile/plan/service-plan.ts";
import type { Address } from "../../src/model/address.ts";
import { type Port, port, protocols } from "../../src/model/port.ts";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import type { Packet } from "../../src/nft/evaluate/packet.ts";
import { fixtureNames } from "../golden/fixture.ts";
import { sourcesOf } from "../golden/sources.ts";
import { arbitraryCluster, arbitrarySettings } from "../support/arbitrary-cluster.ts";
import { times } from "../support/thorough.ts";

/** To all that Services have, and to what nobody has: from outside, from the node and from an endpoint. */
function packetsIn(world: World): readonly Packet[] {
  const { plans, nodeAddresses } = world;
  const outside = outsideClient(world);
  const daddrs = new Set<Address>([...nodeAddresses, outside.saddr]);
  const saddrs = new Set<Address>([outside.saddr, ...[...nodeAddresses].slice(0, 1)]);
  const dports = new Set<Port | undefined>([port(81)]);
  for (const { ports, clusterIP } of plans.plans) {
    if (clusterIP !== undefined) daddrs.add(clusterIP);
    for (const planOfPort of ports) {
      const { port, frontends } = planOfPort;
      dports.add(port.port).add(port.nodePort);
      for (const { frontend } of frontends) if (frontend.kind === "address") daddrs.add(frontend.address);
      for (const { endpoint, port } of endpointPlans(planOfPort).slice(0, 3)) {
        daddrs.add(endpoint.address);
        saddrs.add(endpoint.address);
        dports.add(port);
      }
    }
  }
  return [...daddrs].flatMap((daddr) =>
    [...saddrs].slice(0, 3).flatMap((saddr) => {
      const client = nodeAddresses.has(saddr) ? { saddr } : { saddr, iifname: "pod" };
      const packet = { ...client, daddr, conntrack: { kind: "new" } } as const;
      const toPorts = protocols.flatMap((protocol) =>
        [...dports].flatMap((dport) => (dport === undefined ? [] : [{ ...packet, protocol, dport }])),
      );
      return [...toPorts, { ...packet, protocol: "icmp", dport: 0 } as const];
    }),
  );
}

/** The same is said of a packet whether all Services are looked at, or those that it may meet. */
function expectSame(world: World): void {
  const evaluate = evaluator(world.plans.rendered(), world.nodeAddresses);
  const all = packetsIn(world);
  const step = Math.ceil(all.length / mostPackets);
  for (const packet of all.filter((_, index) => index % step === 0)) {
    const found = evaluator(packetTable(world, packet), world.nodeAddresses)(packet);
    expect(explainPacket(packet, found)).toEqual(explainPacket(packet, evaluate(packet)));
  }
}

const mostPackets = times(40, 400);

test.each(fixtureNames)("packets in %s", async (fixture) => {
  const desired = await desiredTables(sourcesOf(fixture, "remember"), { hostname: "", addresses: [] });
  for (const table of desired.tables) {
    expectSame(world(table.family, desired.settings, table, desired.node?.addresses));
  }
});

test("packets in random clusters", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitrarySettings, (cluster, settings) => {
      for (const table of serviceTables(cluster, settings)) expectSame(world(table.family, settings, table));
    }),
    { numRuns: times(10, 200) },
  );
});
