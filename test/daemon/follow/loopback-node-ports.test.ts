import { expect, test } from "@jest/globals";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { loopbackNodePorts } from "../../../src/daemon/follow/loopback-node-ports.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import type { ObjectKey, Service } from "../../../src/model/service.ts";
import { endpoint, ips, planAmong, portOf, service, servicePort, slice } from "../../compile/values.ts";
import { settings as base } from "../../support/arbitrary-cluster.ts";

function settingsWith(loopback: boolean) {
  const { ip } = base.families;
  return {
    ...base,
    nodeName: "node-1",
    families: { ...base.families, ip: { ...ip, nodePortAddresses: { ...ip.nodePortAddresses, loopback } } },
  };
}

/** A table, and what its changes mean for loopback: `30080 default/web 10.0.0.1:8080`, or `30080 -`. */
function story(loopback = true) {
  const settings = settingsWith(loopback);
  const table = new ServiceTable("ip", settings);
  return (key: ObjectKey, wanted: Service | undefined, slices: readonly EndpointSlice[] = []) => {
    const services = new Map(table.setService(key, wanted && planAmong(wanted, slices, settings)));
    return [...loopbackNodePorts({ family: "ip", services, owners: table.owners })].map(([port, served]) => {
      const { count = 0, at } = served?.endpoints ?? {};
      const all = Array.from({ length: count }, (_, index) => at?.(index))
        .map((each) => `${each?.address}:${each?.port}`)
        .join();
      return served === undefined
        ? `${port} -`
        : `${port} ${served.service} ${all} ${served.affinitySeconds ?? ""}`.trim();
    });
  };
}

const nodePort = (name: string, created: number, fields: Partial<Service> = {}) =>
  service({
    name,
    created,
    type: "NodePort",
    clusterIPs: ips(`10.96.0.${created}`),
    ports: [servicePort({ nodePort: portOf(30080) })],
    ...fields,
  });

const of = (name: string, ...endpoints: Parameters<typeof endpoint>[]) =>
  slice(
    endpoints.map((each) => endpoint(...each)),
    { serviceName: name, name },
  );

test("a TCP NodePort is served there while it has endpoints, by the list of outsiders", () => {
  const change = story();
  const both = of("web", ["10.0.0.1"], ["10.0.0.2", { nodeName: "node-2" }]);
  expect(change("default/web", nodePort("web", 1), [both])).toEqual(["30080 default/web 10.0.0.1:8080,10.0.0.2:8080"]);
  const local = { externalTrafficPolicy: "Local" } as const;
  expect(change("default/web", nodePort("web", 1, local), [both])).toEqual(["30080 default/web 10.0.0.1:8080"]);
  const elsewhere = of("web", ["10.0.0.2", { nodeName: "node-2" }]);
  expect(change("default/web", nodePort("web", 1, local), [elsewhere])).toEqual(["30080 -"]);
  const sticky = { sessionAffinity: { timeoutSeconds: 60 } };
  expect(change("default/web", nodePort("web", 1, sticky), [elsewhere])).toEqual([
    "30080 default/web 10.0.0.2:8080 60",
  ]);
  expect(change("default/web", nodePort("web", 1), [])).toEqual(["30080 -"]);
  expect(change("default/web", undefined)).toEqual(["30080 -"]);
});

test("another number of a Service closes the first", () => {
  const change = story();
  change("default/web", nodePort("web", 1), [of("web", ["10.0.0.1"])]);
  const ports = [servicePort({ nodePort: portOf(30081) })];
  expect(change("default/web", nodePort("web", 1, { ports }), [of("web", ["10.0.0.1"])]).sort()).toEqual([
    "30080 -",
    "30081 default/web 10.0.0.1:8080",
  ]);
});

test("of two Services with one number, the one that has it is served, and the other when that goes", () => {
  const change = story();
  change("default/old", nodePort("old", 1), [of("old", ["10.0.0.1"])]);
  expect(change("default/new", nodePort("new", 2), [of("new", ["10.0.0.2"])])).toEqual([
    "30080 default/old 10.0.0.1:8080",
  ]);
  expect(change("default/old", undefined)).toEqual(["30080 default/new 10.0.0.2:8080"]);
});

test("nothing is served where it was not asked for, nor UDP", () => {
  const change = story(false);
  expect(change("default/web", nodePort("web", 1), [of("web", ["10.0.0.1"])])).toEqual(["30080 -"]);
  const ports = [servicePort({ protocol: "udp", nodePort: portOf(30053) })];
  expect(story()("default/dns", nodePort("dns", 1, { ports }), [of("dns", ["10.0.0.1"])])).toEqual([]);
});
