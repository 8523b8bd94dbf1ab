import { describe, expect, test } from "@jest/globals";
import {
  effectiveExternalTrafficPolicy,
  type Frontend,
  isExternal,
  portFrontends,
  serviceAddresses,
} from "../../../src/compile/plan/frontends.ts";
import type { Family } from "../../../src/model/address.ts";
import type { Service, ServicePort } from "../../../src/model/service.ts";
import { ips, portOf, service, servicePort } from "../values.ts";

function text(frontend: Frontend): string {
  const { port, protocol } = frontend;
  return frontend.kind === "nodePort"
    ? `nodePort ${port}/${protocol}`
    : `${frontend.source} ${frontend.address} ${port}/${protocol}`;
}

const dualStack = ips("fd00:10:96::10", "10.96.0.10");
const nodePort = { nodePort: portOf(30080) };

describe("the frontends of a service port", () => {
  test.each<[string, Partial<Service>, Partial<ServicePort>, Family, readonly string[]]>([
    ["B-073 its ClusterIP", {}, {}, "ip", ["clusterIP 10.96.0.10 80/tcp"]],
    ["B-015 that of the family", { clusterIPs: dualStack }, {}, "ip6", ["clusterIP fd00:10:96::10 80/tcp"]],
    [
      "B-016 nothing in a family without a ClusterIP",
      { externalIPs: ips("2001:db8::1"), loadBalancerIPs: ips("2001:db8::2") },
      nodePort,
      "ip6",
      [],
    ],
    [
      "B-017 those of the family, in numeric order; B-074 on the Service's port",
      { externalIPs: ips("198.51.100.10", "2001:db8::1", "198.51.100.9"), loadBalancerIPs: ips("203.0.113.1") },
      {},
      "ip",
      [
        "clusterIP 10.96.0.10 80/tcp",
        "loadBalancerIP 203.0.113.1 80/tcp",
        "externalIP 198.51.100.9 80/tcp",
        "externalIP 198.51.100.10 80/tcp",
      ],
    ],
    ["B-075 its nodePort", {}, nodePort, "ip", ["clusterIP 10.96.0.10 80/tcp", "nodePort 30080/tcp"]],
    ["B-014 on any type", { type: "ClusterIP" }, nodePort, "ip", ["clusterIP 10.96.0.10 80/tcp", "nodePort 30080/tcp"]],
    [
      "B-027 in its protocol",
      {},
      { ...nodePort, protocol: "sctp" },
      "ip",
      ["clusterIP 10.96.0.10 80/sctp", "nodePort 30080/sctp"],
    ],
    [
      "W-17 an address that is there twice once, as the first of the kinds",
      { externalIPs: ips("10.96.0.10", "203.0.113.1"), loadBalancerIPs: ips("203.0.113.1", "203.0.113.1") },
      {},
      "ip",
      ["clusterIP 10.96.0.10 80/tcp", "loadBalancerIP 203.0.113.1 80/tcp"],
    ],
  ])("%s", (_, fields, port, family, expected) => {
    expect(portFrontends(servicePort(port), serviceAddresses(service(fields), family)).map(text)).toEqual(expected);
  });
});

test("B-076 all but the ClusterIP are external", () => {
  const fields = { externalIPs: ips("198.51.100.1"), loadBalancerIPs: ips("203.0.113.1") };
  const all = portFrontends(servicePort(nodePort), serviceAddresses(service(fields), "ip"));
  expect(all.map(isExternal)).toEqual([false, true, true, true]);
});

test.each<[string, Partial<Service>, string]>([
  ["NodePort", { type: "NodePort" }, "Local"],
  ["LoadBalancer", { type: "LoadBalancer" }, "Local"],
  ["ClusterIP with an externalIP", { externalIPs: ips("198.51.100.1") }, "Local"],
  ["ClusterIP with one of another family", { externalIPs: ips("2001:db8::1") }, "Local"],
  ["ClusterIP alone", {}, "Cluster"],
  ["ClusterIP with a load balancer IP that was left", { loadBalancerIPs: ips("203.0.113.1") }, "Cluster"],
])("B-028 externalTrafficPolicy Local on a Service of type %s", (_, fields, expected) => {
  expect(effectiveExternalTrafficPolicy(service({ ...fields, externalTrafficPolicy: "Local" }))).toBe(expected);
  expect(effectiveExternalTrafficPolicy(service({ ...fields, externalTrafficPolicy: "Cluster" }))).toBe("Cluster");
});
