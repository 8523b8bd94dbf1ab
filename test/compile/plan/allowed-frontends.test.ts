import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { planProblemText } from "../../../src/compile/plan/problem-texts.ts";
import type { Service } from "../../../src/model/service.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { ip, ips, networks, portOf, service, servicePort } from "../values.ts";

const here = {
  ...settings,
  apiServer: [
    { address: ip("192.0.2.1"), port: portOf(6443) },
    { address: ip("192.0.2.10"), port: portOf(30443) },
    { address: ip("127.0.0.1"), port: portOf(30444) },
  ],
  families: {
    ...settings.families,
    ip: {
      ...settings.families.ip,
      serviceCIDRs: networks("10.96.0.0/16"),
      nodePortAddresses: { any: true, addresses: ips("192.0.2.10"), loopback: true },
    },
  },
};

/** The addresses that a Service is served on, and what is said of the others. */
function outcome(fields: Partial<Service>) {
  const { service: planned, ports, problems } = planService(service(fields), [], "ip", here);
  const served = ports.flatMap(({ frontends }) =>
    frontends.map(({ frontend }) => (frontend.kind === "address" ? frontend.address : "nodePort")),
  );
  return { served, said: problems.map((problem) => planProblemText(planned, problem).message) };
}

const cidr = "is in a ServiceCIDR; these addresses are reserved for ClusterIPs; it is not served";
const server = "is where the API server is reached; it is not served";

test.each<[string, Partial<Service>, readonly string[], readonly string[]]>([
  ["an external IP elsewhere", { externalIPs: ips("198.51.100.1") }, ["10.96.0.10", "198.51.100.1"], []],
  ["one in a ServiceCIDR", { externalIPs: ips("10.96.7.7") }, ["10.96.0.10"], [`10.96.7.7 port 80/tcp ${cidr}`]],
  [
    "a load balancer IP in one",
    { loadBalancerIPs: ips("10.96.7.7") },
    ["10.96.0.10"],
    [`10.96.7.7 port 80/tcp ${cidr}`],
  ],
  ["an IP of the API server on another port", { externalIPs: ips("192.0.2.1") }, ["10.96.0.10", "192.0.2.1"], []],
  [
    "and on its port",
    { externalIPs: ips("192.0.2.1"), ports: [servicePort({ port: portOf(6443) })] },
    ["10.96.0.10"],
    [`192.0.2.1 port 6443/tcp ${server}`],
  ],
  [
    "a NodePort on its port, where this node's API server listens",
    { type: "NodePort", ports: [servicePort({ nodePort: portOf(30443) })] },
    ["10.96.0.10"],
    [`nodePort 30443/tcp ${server}`],
  ],
  [
    "a NodePort on its port at the loopback address, where a load balancer of this node listens",
    { type: "NodePort", ports: [servicePort({ nodePort: portOf(30444) })] },
    ["10.96.0.10"],
    [`nodePort 30444/tcp ${server}`],
  ],
  [
    "a NodePort with the number of another node's API server",
    { type: "NodePort", ports: [servicePort({ nodePort: portOf(6443) })] },
    ["10.96.0.10", "nodePort"],
    [],
  ],
  [
    "one of another protocol",
    { type: "NodePort", ports: [servicePort({ nodePort: portOf(30443), protocol: "udp" })] },
    ["10.96.0.10", "nodePort"],
    [],
  ],
  [
    "the API server's own Service",
    { clusterIPs: ips("192.0.2.1"), ports: [servicePort({ port: portOf(6443) })] },
    ["192.0.2.1"],
    [],
  ],
])("frontends that a Service may have: %s", (_, fields, served, said) => {
  expect(outcome(fields)).toEqual({ served, said });
});
