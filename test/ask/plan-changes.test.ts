import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planChanges } from "../../src/ask/plan-changes.ts";
import { servicePortChanges } from "../../src/ask/service-changes.ts";
import type { Frontend } from "../../src/compile/plan/frontends.ts";
import { planService } from "../../src/compile/plan/plan-service.ts";
import type { ServicePlan } from "../../src/compile/plan/service-plan.ts";
import { ServiceTable } from "../../src/compile/table/service-table.ts";
import { families } from "../../src/model/address.ts";
import { serviceKey } from "../../src/model/service.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice } from "../support/arbitrary-cluster.ts";

const arbitraryState = fc.option(
  fc.record({ service: arbitraryService, slices: fc.array(arbitrarySlice, { maxLength: 3 }) }),
  { nil: undefined },
);

/** Parts in no order, as tables have their elements in another. */
const sorted = (changes: ReturnType<typeof planChanges>) =>
  changes.map(({ servicePort, added, removed, changed }) => ({
    servicePort,
    added: added.toSorted(),
    removed: removed.toSorted(),
    changed: changed.toSorted(),
  }));

test("a plan's changes are the differences of the tables before and after", () => {
  fc.assert(
    fc.property(arbitraryState, arbitraryState, arbitrarySettings, (before, after, settings) => {
      for (const family of families) {
        const tableOf = (state: typeof before) => {
          const table = new ServiceTable(family, settings);
          if (state === undefined) return { table };
          const { service, slices } = state;
          // Both are one Service, and the slices are its own.
          const named = { ...service, namespace: "default", name: "web" };
          const own = slices.map((each) => ({ ...each, namespace: "default", serviceName: "web" }));
          table.setService(serviceKey(named), planService(named, own, family, settings));
          return { table, plan: table.planOf(serviceKey(named)) };
        };
        const old = tableOf(before);
        const current = tableOf(after);
        const isContested = (plan: ServicePlan | undefined, table: ServiceTable) =>
          plan !== undefined && table.lostFrontends(plan).length > 0;
        // Ports of one Service that share a frontend are told apart by tables only.
        fc.pre(!isContested(old.plan, old.table) && !isContested(current.plan, current.table));
        const { affinity, nodePortAddresses } = settings.families[family];
        const { any, addresses } = nodePortAddresses;
        const isDenied = ({ kind }: Frontend) => kind === "nodePort" && !any && addresses.length === 0;
        const change = { before: old.plan, after: current.plan };
        expect(sorted(planChanges(change, { isDenied, affinity }))).toEqual(
          sorted(servicePortChanges(old.table.rendered(), current.table.rendered())),
        );
      }
    }),
    { numRuns: 500 },
  );
});
