import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Change, Store } from "../../src/daemon/store.ts";
import { type ObjectKey, serviceKey } from "../../src/model/service.ts";
import { service, slice } from "../compile/values.ts";
import { arbitrarySlice } from "../support/arbitrary-cluster.ts";

test("slices are found by their Service, whatever became of them, and each change is told once for each Service concerned", () => {
  const key = fc.constantFrom<ObjectKey>("default/a", "default/b", "default/c", "other/a");
  const change = fc.tuple(key, fc.option(arbitrarySlice, { nil: undefined, freq: 4 }));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const store = new Store();
      const told: Change[] = [];
      store.follow((each) => told.push(each));
      const slices = new Map<ObjectKey, (typeof changes)[number][1] & object>();
      for (const [name, slice] of changes) {
        const old = slices.get(name);
        if (slice) slices.set(name, slice);
        else slices.delete(name);
        store.setSlice(name, slice);
        const isSame = JSON.stringify(old) === JSON.stringify(slice);
        const owners = [old, slice].flatMap((each) =>
          each && !isSame ? [`${each.namespace}/${each.serviceName} ${each.family}`] : [],
        );
        const keys = told.splice(0).map((each) => each.kind === "EndpointSlice" && `${each.key} ${each.family}`);
        expect(keys).toEqual([...new Set(owners)]);
      }
      expect(new Map(store.slices)).toEqual(slices);
      const owners = new Set(
        [...slices.values()].map(({ namespace, serviceName: name }) => serviceKey({ namespace, name })),
      );
      for (const owner of [...owners, "default/none" as const]) {
        const own = [...slices.values()].filter(
          ({ namespace, serviceName: name }) => serviceKey({ namespace, name }) === owner,
        );
        expect(new Set(store.slicesOf(owner))).toEqual(new Set(own));
        expect(store.slicesOf(owner)).toHaveLength(own.length);
      }
    }),
  );
});

test("B-035, B-051, B-052, W-13 an object that is as it was, and one that goes unknown, is no change", () => {
  const store = new Store();
  store.setService("default/web", service());
  store.setSlice("default/web-1", slice([]));
  const told: Change[] = [];
  store.follow((each) => told.push(each));
  store.setService("default/web", service());
  store.setSlice("default/web-1", slice([]));
  store.setService("default/other", undefined);
  store.setSlice("default/other-1", undefined);
  expect(told).toEqual([]);
  store.setSlice("default/web-1", undefined);
  expect(told).toMatchObject([{ kind: "EndpointSlice", key: "default/web" }]);
});
