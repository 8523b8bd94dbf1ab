import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../../src/compile/compile.ts";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { portion } from "../../../src/compile/table/portion.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { type Family, families } from "../../../src/model/address.ts";
import { type Cluster, slicesByService } from "../../../src/model/cluster.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import { type ObjectKey, type Service, serviceKey } from "../../../src/model/service.ts";
import type { Table } from "../../../src/nft/ruleset.ts";
import { diffTables } from "../../../src/nft/transaction.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";
import { FakeKernel } from "../../support/fake-kernel.ts";
import { union } from "../../support/union.ts";
import { ips, service } from "../values.ts";

type Step =
  | { readonly kind: "service"; readonly service: Service; readonly isDeleted: boolean }
  | { readonly kind: "slice"; readonly slice: EndpointSlice; readonly isDeleted: boolean }
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "commit" };

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("service" as const), service: arbitraryService, isDeleted: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("slice" as const), slice: arbitrarySlice, isDeleted: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settings" as const), settings: arbitrarySettings }) },
  { weight: 3, arbitrary: fc.constant({ kind: "commit" as const }) },
);

test("after any sequence of changes, the kernel holds what a fresh compile gives", () => {
  fc.assert(
    fc.property(fc.array(arbitraryStep, { maxLength: 40 }), (steps) => {
      const kernel = new FakeKernel();
      kernel.commit(families.map((family) => diffTables(undefined, emptyOf(family))));
      const services = new Map<ObjectKey, Service>();
      const slices = new Map<string, EndpointSlice>();
      let current = settings;
      const states = families.map((family) => ({ family, state: new ServiceTable(family, current) }));
      const refresh = (key: ObjectKey) => {
        const service = services.get(key);
        const own = slicesByService([...slices.values()]).get(key) ?? [];
        for (const { family, state } of states) {
          const plan = service && planService(service, own, family, current);
          // As when it is very large: port by port, and each time the kernel takes it.
          for (let isWhole = false; !isWhole; ) {
            const step = portion(state.wanted(key), plan, 3);
            isWhole = step.isWhole;
            state.setService(key, step.plan);
            if (isWhole) break;
            kernel.commit([state.transaction()]);
            state.commit(false);
          }
        }
      };
      for (const step of [...steps, { kind: "commit" } as const]) {
        switch (step.kind) {
          case "service": {
            const key = serviceKey(step.service);
            if (step.isDeleted) services.delete(key);
            else services.set(key, step.service);
            refresh(key);
            break;
          }
          case "slice": {
            const { namespace, name, serviceName } = step.slice;
            if (step.isDeleted) slices.delete(`${namespace}/${name}`);
            else slices.set(`${namespace}/${name}`, step.slice);
            refresh(serviceKey({ namespace, name: serviceName }));
            break;
          }
          case "settings":
            current = step.settings;
            for (const { state } of states) state.setSettings(current);
            for (const key of services.keys()) refresh(key);
            break;
          case "commit": {
            kernel.commit(states.map(({ state }) => state.transaction()));
            for (const { state } of states) state.commit(false);
            kernel.commit(states.map(({ state }) => state.tidying()));
            for (const { state } of states) state.commit(true);
            const cluster = {
              services: [...services.values()],
              endpointSlices: [...slices.values()],
              nodes: [],
              serviceCIDRs: [],
            };
            for (const table of compile(cluster, current).ruleset) {
              expect(diffTables(kernel.table(table.family), table).commands).toEqual([]);
              const { spares, ...needed } = table;
              expect([...(spares ?? [])].every(([name]) => kernel.table(table.family)?.chains.has(name))).toBe(true);
              expect(needed).toEqual(unionOf(table.family, cluster, current));
            }
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test("B-036, B-037 a change that is undone before the next transaction leaves nothing to do", () => {
  const state = new ServiceTable("ip", settings);
  const plan = (name: string) => planService(service({ name, clusterIPs: ips("10.96.0.7") }), [], "ip", settings);
  state.setService("default/web", plan("web"));
  state.commit(true);
  state.setService("default/web", undefined);
  state.setService("default/web", plan("web"));
  expect(state.transaction().commands).toEqual([]);
});

function unionOf(family: Family, cluster: Cluster, settings: Settings): Table {
  const slices = slicesByService(cluster.endpointSlices);
  const plans = cluster.services.map((service) =>
    planService(service, slices.get(serviceKey(service)) ?? [], family, settings),
  );
  return union(plans, family, settings);
}

function emptyOf(family: Table["family"]): Table {
  return { family, sets: new Map(), chains: new Map() };
}
