import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type KnownCluster, knownTables, plainSettings } from "../../src/ask/known-cluster.ts";
import { serviceTables } from "../../src/compile/compile.ts";
import type { Settings } from "../../src/compile/settings.ts";
import { slicesByService } from "../../src/model/cluster.ts";
import { serviceKey } from "../../src/model/service.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { arbitraryCluster, arbitrarySettings } from "../support/arbitrary-cluster.ts";

test("a command that reads an agent's state makes the same tables from it", () => {
  fc.assert(
    fc.property(arbitraryCluster, arbitrarySettings, fc.boolean(), (cluster, plain, isLimited) => {
      const [first] = cluster.services;
      const key = first && serviceKey(first);
      const unremembered = new Set(isLimited && key !== undefined ? [key] : []);
      const families = { ...plain.families, ip: { ...plain.families.ip, unremembered } };
      const settings: Settings = { ...plain, families };
      const tables = serviceTables(cluster, settings);
      if (key !== undefined) tables[1]?.setService(key, undefined);
      const slices = slicesByService(cluster.endpointSlices);
      const known: KnownCluster = {
        settings: plainSettings(settings),
        addresses: [],
        tables: [
          { family: "ip", unremembered: [...unremembered], setAside: [] },
          { family: "ip6", unremembered: [], setAside: key === undefined ? [] : [key] },
        ],
        services: cluster.services.map((service) => ({ service, slices: slices.get(serviceKey(service)) ?? [] })),
      };
      const read: KnownCluster = JSON.parse(JSON.stringify(known));
      const text = (all: typeof tables) => printRuleset(all.map((table) => table.rendered()));
      expect(text(knownTables(read).tables)).toBe(text(tables));
    }),
    { numRuns: 100 },
  );
});
