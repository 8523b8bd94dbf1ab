import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { startAPIServer } from "./api-server.ts";
import { generateCluster } from "./generate.ts";

type Slice = { readonly endpoints: readonly { readonly conditions: { readonly ready: boolean } }[] };

test("a churn makes so many changes a second of a cluster that stays about the same", async () => {
  const server = await startAPIServer();
  try {
    for (const object of generateCluster({ services: 20, endpointsPerService: 3, nodes: 2 })) server.put(object);
    const before = Number(server.resourceVersion);
    server.startChurn({ rate: 500, services: 20, endpointsPerService: 3 });
    const began = performance.now();
    await sleep(1000);
    server.stopChurn();
    const expected = (500 * (performance.now() - began)) / 1000;
    const changes = server.churned();
    // Six times the standard deviation.
    expect(Math.abs(changes - expected)).toBeLessThan(6 * Math.sqrt(expected));
    expect(Number(server.resourceVersion) - before).toBe(changes);
    const endpoints = Array.from({ length: 20 }, (_, index) => slice(index).endpoints);
    expect(new Set(endpoints.map(({ length }) => length))).toEqual(new Set([3, 4]));
    const unready = endpoints.map((each) => each.filter(({ conditions }) => !conditions.ready).length);
    expect(new Set(unready)).toEqual(new Set([0, 1]));
    await sleep(50);
    expect(server.churned()).toBe(changes);
  } finally {
    await server.stop();
  }

  function slice(index: number): Slice {
    const metadata = { name: `service-${index}-0` };
    return server.get({ apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", metadata }) as unknown as Slice;
  }
});
