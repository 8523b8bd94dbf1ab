import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import { ServicesWithoutEndpoints } from "../../../src/daemon/follow/services-without-endpoints.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

const metadata = { namespace: "default", name: "web" };

/** Of a Service with two ports, of which the first has these endpoints, by their conditions. */
function plan(endpoints: readonly object[], spec: object = {}): ServicePlan {
  const ports = ["a", "b"].map((name, index) => ({ name, port: 80 + index }));
  const objects = [
    { apiVersion: "v1", kind: "Service", metadata, spec: { clusterIPs: ["10.96.0.1"], ports, ...spec } },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      ports: [{ name: "a", port: 8080 }],
      endpoints: endpoints.map((conditions, index) => ({ addresses: [`10.244.0.${index}`], conditions })),
    },
  ];
  const { services, endpointSlices } = decodeCluster(objects.map((object) => ({ object }))).cluster;
  const [service] = services;
  if (service === undefined) throw new Error("no Service");
  return planService(service, endpointSlices, "ip", settings);
}

const ready = plan([{ ready: true }]);

test.each<[string, ServicePlan, number]>([
  ["an endpoint of one port", ready, 0],
  ["one that serves as it terminates", plan([{ ready: false, serving: true, terminating: true }]), 0],
  ["one on another node, with policy Local", plan([{ ready: true }], { internalTrafficPolicy: "Local" }), 0],
  ["none", plan([]), 1],
  ["one that is not ready", plan([{ ready: false }]), 1],
  ["no frontend", plan([], { clusterIPs: ["fd00::1"] }), 0],
])("a Service with %s counts as one without endpoints, or not", (_, after, count) => {
  const services = new ServicesWithoutEndpoints();
  services.update("default/web", { before: undefined, after });
  expect(services.count).toEqual({ had: 0, never: count });
});

test("a Service that lost its endpoints is distinguished from one that never had any, until it has some or is gone", () => {
  const services = new ServicesWithoutEndpoints();
  const steps = [
    ["default/a", undefined, plan([]), { had: 0, never: 1 }],
    ["default/b", undefined, ready, { had: 0, never: 1 }],
    ["default/b", ready, plan([]), { had: 1, never: 1 }],
    ["default/b", plan([]), plan([{ ready: false }]), { had: 1, never: 1 }],
    ["default/a", plan([]), ready, { had: 1, never: 0 }],
    ["default/a", ready, plan([]), { had: 2, never: 0 }],
    ["default/b", plan([]), undefined, { had: 1, never: 0 }],
  ] as const;
  for (const [key, before, after, count] of steps) {
    services.update(key, { before, after });
    expect(services.count).toEqual(count);
  }
  expect([...services.had()]).toEqual(["default/a"]);
});
