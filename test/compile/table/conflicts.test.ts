import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { frontendOfElement } from "../../../src/compile/lower/nftables/sets.ts";
import { frontendKey } from "../../../src/compile/plan/frontends.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import { problemsOf } from "../../../src/compile/table/problems.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import type { EndpointSlice } from "../../../src/model/endpoint-slice.ts";
import { comparePrecedence, type Service, serviceKey } from "../../../src/model/service.ts";
import { printElement, printTuple } from "../../../src/nft/print-set.ts";
import { arbitraryService, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, ips, planAmong, portOf, service, servicePort, slice } from "../values.ts";

function tableOf(services: readonly Service[], slices: readonly EndpointSlice[]): ServiceTable {
  const table = new ServiceTable("ip", settings);
  for (const each of services) table.setService(serviceKey(each), planAmong(each, slices, settings));
  return table;
}

/** What the Services put into the sets, a line an element, and what is said about them. */
function united(services: readonly Service[], slices: readonly EndpointSlice[] = []) {
  const table = tableOf(services, slices);
  const lines = [...table.declared().sets.values()].flatMap(({ name, elements }) =>
    elements.map((element) => `${name} ${printElement({ value: "verdict" }, element)}`),
  );
  const problems = [...table.plans].flatMap((plan) => problemsOf(plan, table));
  return { lines, problems: problems.map(({ object, field, message }) => `${object}: ${field}: ${message}`) };
}

const refused = ": goto refuse";

describe("W-17 a frontend that two Services claim is the older one's, then the first's by key; the other is reported", () => {
  const a = service({ name: "a", clusterIPs: ips("10.96.0.1"), externalIPs: ips("198.51.100.1") });
  const b = service({ name: "b", clusterIPs: ips("10.96.0.2"), externalIPs: ips("198.51.100.1") });
  const shared = (owner: string) => `no-endpoints 198.51.100.1 . tcp . 80 comment "default/${owner}" ${refused}`;

  test.each<[string, Partial<Service>, Partial<Service>, string, string]>([
    ["of one age", {}, {}, "a", "which comes first by name"],
    ["the other is older", { created: 2 }, {}, "b", "which is older"],
    ["the first is older", {}, { created: 2 }, "a", "which is older"],
    ["one that is in no cluster yet", { created: Number.POSITIVE_INFINITY }, {}, "b", "which is older"],
    ["two that are in no cluster yet", { created: Infinity }, { created: Infinity }, "a", "which comes first by name"],
    ["in another namespace", { namespace: "z" }, {}, "b", "which comes first by name"],
  ])("%s", (_, ofA, ofB, winner, why) => {
    const services = [
      { ...a, ...ofA },
      { ...b, ...ofB },
    ];
    const loser = winner === "a" ? "b" : "a";
    const { lines, problems } = united(services);
    expect(problems).toEqual([
      `Service ${ofA.namespace ?? "default"}/${loser}: : 198.51.100.1 port 80/tcp belongs to Service default/${winner}, ${why}; it is not served for this port`,
    ]);
    expect(lines.filter((line) => line.includes("198.51.100.1"))).toEqual([shared(winner)]);
    expect(lines.filter((line) => line.startsWith("no-endpoints 10.96"))).toHaveLength(2);
    expect(united(services.toReversed())).toEqual({ lines, problems });
  });

  test("the other has it once the first is gone", () => {
    expect(united([b]).lines).toContain(shared("b"));
  });

  test("another port or protocol of the address is no conflict", () => {
    const other = { ...b, ports: [servicePort({ port: portOf(81) }), servicePort({ name: "u", protocol: "udp" })] };
    expect(united([a, other]).problems).toEqual([]);
  });

  test("nothing of the loser's endpoints is there for that frontend, all is for its own", () => {
    const slices = [slice([endpoint("10.244.0.1")], { serviceName: "b" })];
    const { lines } = united([a, b], slices);
    expect(lines.filter((line) => line.includes("10.244.0.1 . 8080"))).toEqual([
      'endpoints-tcp 10.96.0.2 . 80 . 0 comment "default/b" : 10.244.0.1 . 8080',
    ]);
  });
});

describe("a frontend goes by right before age", () => {
  const owner = service({ name: "owner", clusterIPs: ips("10.96.0.2"), created: 9 });
  const tenant = service({ name: "tenant", clusterIPs: ips("10.96.0.3"), created: 1 });
  const outside = { externalIPs: ips("198.51.100.7") };

  test.each<[string, Service, Service, string]>([
    [
      "a ClusterIP before an external IP",
      { ...owner, clusterIPs: ips("198.51.100.7") },
      { ...tenant, ...outside },
      "ClusterIP",
    ],
    [
      "a ClusterIP before a load balancer IP",
      { ...owner, clusterIPs: ips("198.51.100.7") },
      { ...tenant, loadBalancerIPs: ips("198.51.100.7") },
      "ClusterIP",
    ],
    [
      "a load balancer IP before an external IP",
      { ...owner, loadBalancerIPs: ips("198.51.100.7") },
      { ...tenant, ...outside },
      "load balancer IP",
    ],
  ])("%s, though that is older", (_, winner, loser, right) => {
    for (const services of [
      [winner, loser],
      [loser, winner],
    ]) {
      const { lines, problems } = united(services);
      expect(lines).toContain(`no-endpoints 198.51.100.7 . tcp . 80 comment "default/owner" ${refused}`);
      expect(problems).toEqual([
        `Service default/tenant: : 198.51.100.7 port 80/tcp is the ${right} of Service default/owner; it is not served for this port`,
      ]);
    }
  });
});

test("W-17 two ports of a Service with one nodePort: the first has it", () => {
  const nodePort = portOf(30080);
  const ports = [
    servicePort({ name: "https", port: portOf(443), nodePort }),
    servicePort({ name: "http", port: portOf(80), nodePort }),
  ];
  const { lines, problems } = united([service({ type: "NodePort", ports })]);
  expect(lines).toContain(`node-ports-no-endpoints tcp . 30080 comment "default/web:http" ${refused}`);
  expect(problems).toEqual([
    "Service default/web: port https: nodePort 30080/tcp is already that of its port default/web:http; it is not served for this port",
  ]);
});

test("W-43 an endpoint that is a ClusterIP is reported", () => {
  const slices = [slice([endpoint("10.96.0.2")])];
  const { problems } = united([service(), service({ name: "other", clusterIPs: ips("10.96.0.2") })], slices);
  expect(problems).toEqual(["Service default/web: : endpoint 10.96.0.2 is a ClusterIP; connections to it are refused"]);
});

test("endpoints in a ServiceCIDR are reported, a line a port and network", () => {
  const web = service({ ports: [servicePort({ name: "http" })] });
  const endpoints = ["10.96.0.2", "10.96.7.7", "10.96.7.8", "10.244.0.1"].map((ip) => endpoint(ip));
  const ports = [{ name: "http", port: portOf(8080), protocol: "tcp" as const }];
  const slices = [slice(endpoints, { ports }), slice([endpoint("10.96.7.7", { ready: false })])];
  const { problems } = united([web, service({ name: "other", clusterIPs: ips("10.96.0.2") })], slices);
  expect(problems).toEqual([
    "Service default/web: port http: endpoint 10.96.0.2 is a ClusterIP; connections to it are refused",
    "Service default/web: port http: endpoint 10.96.7.7 and 1 more lie in the ServiceCIDR 10.96.0.0/16; connections are dropped, except to addresses of this node",
  ]);
});

test("W-18 endpoints that are listed with different conditions are reported", () => {
  const slices = [slice([endpoint("10.244.0.1"), endpoint("10.244.0.1", { ready: false })])];
  expect(united([service()], slices).problems).toEqual([
    "Service default/web: : endpoint 10.244.0.1 port 8080 is listed more than once with different conditions; ready ones count",
  ]);
});

test("what Services share is there once", () => {
  const services = ["a", "b"].map((name, index) => service({ name, clusterIPs: ips(`10.96.0.${index + 1}`) }));
  const { lines } = united(
    services,
    services.map(({ name }) => slice([endpoint("10.244.0.1")], { serviceName: name })),
  );
  expect(lines.filter((line) => /^(hairpin|cluster-ips) /.test(line))).toEqual([
    "cluster-ips 10.96.0.1",
    "cluster-ips 10.96.0.2",
    "hairpin 10.244.0.1 . 10.244.0.1",
  ]);
});

test("no set has an element twice, and a frontend is that of the first of those who claim it", () => {
  const services = fc.uniqueArray(arbitraryService, { selector: serviceKey, maxLength: 6 });
  fc.assert(
    fc.property(services, fc.array(arbitrarySlice, { maxLength: 6 }), (all, slices) => {
      const table = tableOf(all, slices);
      for (const { name: set, elements } of table.declared().sets.values()) {
        const keys = elements.map(({ key }) => printTuple(key));
        expect({ set, keys: new Set(keys).size }).toEqual({ set, keys: keys.length });
        if (!/^(services|node-ports|no-endpoints|node-ports-no-endpoints)$/.test(set)) continue;
        for (const { key, owner } of elements) {
          const frontend = frontendOfElement(set, key);
          const wanted = (plan: ServicePlan) =>
            plan.ports.some(({ frontends }) => frontends.some((each) => frontendKey(each.frontend) === frontend));
          const [first] = [...table.plans]
            .filter(wanted)
            .map(({ service }) => service)
            .sort(comparePrecedence);
          expect(owner?.replace(/:.*/, "")).toBe(first && serviceKey(first));
        }
      }
    }),
  );
});
