import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { NoLocalEndpointsTotal, noLocalEndpoints } from "../../../src/daemon/follow/no-local-endpoints.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { settings } from "../../support/arbitrary-cluster.ts";

const metadata = { namespace: "default", name: "web" };

function count(spec: object, nodes: readonly string[]) {
  const objects = [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { clusterIPs: ["10.96.0.1"], ports: [{ name: "http", port: 80, nodePort: 30080 }], ...spec },
    },
    {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { ...metadata, labels: { "kubernetes.io/service-name": "web" } },
      addressType: "IPv4",
      ports: [{ name: "http", port: 8080 }],
      endpoints: nodes.map((nodeName, index) => ({ addresses: [`10.244.0.${index}`], nodeName })),
    },
  ];
  const { services, endpointSlices } = decodeCluster(objects.map((object) => ({ object }))).cluster;
  const [service] = services;
  if (service === undefined) throw new Error("no Service");
  return noLocalEndpoints(planService(service, endpointSlices, "ip", { ...settings, nodeName: "here" }));
}

const local = { type: "NodePort", externalTrafficPolicy: "Local", internalTrafficPolicy: "Local" };

const cases = [
  ["policy Cluster", { type: "NodePort" }, ["there"], 0, 0],
  ["both Local, none here", local, ["there"], 1, 1],
  ["one here", local, ["there", "here"], 0, 0],
  ["none anywhere", local, [], 0, 0],
  ["internal alone", { internalTrafficPolicy: "Local" }, ["there"], 1, 0],
  ["external alone", { type: "NodePort", externalTrafficPolicy: "Local" }, ["there"], 0, 1],
] as const;

test.each(cases)("B-257 service ports without local endpoints: %s", (_, spec, nodes, internal, external) => {
  expect(count(spec, nodes)).toEqual({ internal, external });
});

test("the total follows each Service", () => {
  const total = new NoLocalEndpointsTotal();
  total.setService("default/a", { internal: 1, external: 0 });
  total.setService("default/b", { internal: 1, external: 2 });
  total.setService("default/a", { internal: 0, external: 1 });
  expect(total.total).toEqual({ internal: 1, external: 3 });
  total.setService("default/b", undefined);
  expect(total.total).toEqual({ internal: 0, external: 1 });
});
