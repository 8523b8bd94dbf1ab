import { expect, test } from "@jest/globals";
import { Store } from "../../../src/daemon/store.ts";
import { watchCluster } from "../../../src/io/kube/cluster.ts";
import { node, service, serviceCIDR } from "../../api-server/objects.ts";
import type { ResourceName } from "../../api-server/resources.ts";
import { scene, server, useScene } from "./scene.ts";

useScene();

/** Watches while a resource may not be read; `complete` tells whether the first lists are. */
function watchWithout(resource: ResourceName) {
  server.put(node("node-1"), service("web"), serviceCIDR("kubernetes", "10.96.0.0/16"));
  server.forbid({ resource });
  const store = new Store();
  let failed: () => void = () => undefined;
  const failure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const cluster = watchCluster(
    {
      connection: scene.connection,
      nodeName: "node-1",
      store,
      onProblems: () => {},
      onReport: (_, { kind }) => kind === "failed" && failed(),
      settings: { backoff: { first: 10, longest: 20 } },
    },
    scene.abort.signal,
  );
  let isComplete = false;
  void cluster.complete.then(() => {
    isComplete = true;
  });
  return { store, cluster, failure, isComplete: () => isComplete };
}

test("an optional resource that cannot be read delays nothing, and is read later", async () => {
  const { store, cluster } = watchWithout("servicecidrs");
  await cluster.complete;
  expect([store.node?.name, ...store.services.keys()]).toEqual(["node-1", "default/web"]);
  expect(store.serviceCIDRs).toEqual([]);
  server.permit();
  await server.untilWatches(5);
  expect(store.serviceCIDRs).toEqual(["10.96.0.0/16"]);
});

test.each([
  // Those of other proxies cannot be read either.
  { resource: "services", others: 3 },
  { resource: "endpointslices", others: 4 },
  { resource: "nodes", others: 4 },
] as const)("without the $resource the first lists are not complete", async ({ resource, others }) => {
  const { cluster, failure, isComplete } = watchWithout(resource);
  await failure;
  await server.untilWatches(others);
  expect(isComplete()).toBe(false);
  server.permit();
  await cluster.complete;
});

test("B-006 of all Nodes, only this one is read", async () => {
  server.put(node("node-2"));
  const { store, cluster } = watchWithout("servicecidrs");
  await cluster.complete;
  expect(store.node?.name).toBe("node-1");
  const requests = server.requests.filter(({ resource }) => resource === "nodes");
  expect(new Set(requests.map(({ query }) => query["fieldSelector"]))).toEqual(new Set(["metadata.name=node-1"]));
});

test("W-38 of Services of other proxies, the ClusterIPs are known", async () => {
  const label = { "service.kubernetes.io/service-proxy-name": "other" };
  server.put(service("theirs", { labels: label }, { clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] }));
  const { store, cluster } = watchWithout("servicecidrs");
  await cluster.complete;
  expect([...store.services.keys()]).toEqual(["default/web"]);
  expect(store.otherClusterIPs).toEqual(["10.96.0.9"]);
  server.put(service("theirs", {}, { clusterIP: "10.96.0.9", clusterIPs: ["10.96.0.9"] }));
  await server.until(() => store.otherClusterIPs.length === 0 && store.services.size === 2);
});
