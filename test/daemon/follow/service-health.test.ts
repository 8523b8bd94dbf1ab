import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { ServiceHealths } from "../../../src/daemon/follow/service-health.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { families } from "../../../src/model/address.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

type Endpoint = { readonly ip: string; readonly node?: string; readonly ready?: boolean; readonly serving?: boolean };

function cluster(spec: object, slices: readonly (readonly Endpoint[])[]) {
  const objects = [
    { apiVersion: "v1", kind: "Service", metadata: { namespace: "default", name: "web" }, spec },
    ...slices.map((endpoints, index) => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { namespace: "default", name: `web-${index}`, labels: { "kubernetes.io/service-name": "web" } },
      addressType: endpoints[0]?.ip.includes(":") ? "IPv6" : "IPv4",
      ports: [{ name: "http", port: 8080 + index }],
      endpoints: endpoints.map(({ ip, node = "here", ready = true, serving = ready }) => ({
        addresses: [ip],
        nodeName: node,
        conditions: { ready, serving, terminating: !ready },
      })),
    })),
  ];
  const { cluster } = decodeCluster(objects.map((object) => ({ object })));
  const [service] = cluster.services;
  if (service === undefined) return undefined;
  const here = { ...settings, nodeName: "here" };
  const healths = new ServiceHealths();
  const plans = families.map((family) => planService(service, cluster.endpointSlices, family, here));
  return plans.map((plan) => healths.set("default/web", plan.family, plan)).at(-1);
}

const spec = {
  type: "LoadBalancer",
  externalTrafficPolicy: "Local",
  healthCheckNodePort: 32000,
  clusterIPs: ["10.96.0.1"],
  ports: [{ name: "http", port: 80, nodePort: 30080 }],
};

const health = { namespace: "default", name: "web", port: 32000 };

test.each([
  ["externalTrafficPolicy Cluster", { externalTrafficPolicy: "Cluster" }],
  ["type NodePort", { type: "NodePort" }],
  ["no healthCheckNodePort", { healthCheckNodePort: 0 }],
])("B-245 nothing to ask: %s", (_, change) => {
  expect(cluster({ ...spec, ...change }, [])).toBeUndefined();
});

const counts = [
  ["no endpoints", [], 0],
  ["ready ones here", [[{ ip: "10.244.0.1" }, { ip: "10.244.0.2" }, { ip: "10.244.1.1", node: "there" }]], 2],
  ["one address on two ports", [[{ ip: "10.244.0.1" }], [{ ip: "10.244.0.1" }]], 1],
  ["terminating ones", [[{ ip: "10.244.0.1", ready: false, serving: true }]], 0],
  ["IPv6 ones of an IPv4 Service", [[{ ip: "fd00::1" }]], 0],
] as const;

test.each(counts)("B-248 endpoints that count: %s", (_, slices, count) => {
  expect(cluster(spec, slices)).toEqual({ ...health, localEndpoints: { ip: count } });
});

test("B-245 each family counts for itself", () => {
  const slices = [[{ ip: "10.244.0.1" }], [{ ip: "fd00::1" }, { ip: "fd00::2" }]];
  expect(cluster({ ...spec, clusterIPs: ["10.96.0.1", "fd00:96::1"] }, slices)).toEqual({
    ...health,
    localEndpoints: { ip: 1, ip6: 2 },
  });
});
