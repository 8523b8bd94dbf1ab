import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mostEndpoints } from "../../../src/compile/plan/bounds.ts";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { planProblemText } from "../../../src/compile/plan/problem-texts.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import type { Endpoint } from "../../../src/model/endpoints.ts";
import type { Service, ServicePort } from "../../../src/model/service.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, ips, portOf, service, servicePort, slice } from "../values.ts";

const ports = (count: number, fields: Partial<ServicePort> = {}) =>
  Array.from({ length: count }, (_, index) =>
    servicePort({ name: `p${index}`, port: portOf(1000 + index), ...fields }),
  );

const address = (index: number) => `10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

const endpoints = (count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, index) => endpoint(address(index), { nodeName: "node-2" }));

/** A Service whose ports have these endpoints each, in slices of a thousand. */
function planned(fields: Partial<Service>, each: readonly Endpoint[], elementLimit = 262_144): ServicePlan {
  const slicePorts = (fields.ports ?? [servicePort()]).map((port) => ({ ...port, port: portOf(8080) }));
  const slices = Array.from({ length: Math.ceil(each.length / 1000) }, (_, index) =>
    slice(each.slice(index * 1000, index * 1000 + 1000), { name: `web-${index}`, ports: slicePorts }),
  );
  return planService(service(fields), slices, "ip", { ...settings, elementLimit });
}

const counts = (plan: ServicePlan) => plan.ports.map(({ decisions: { length } }) => length);
const said = ({ service: each, problems }: ServicePlan) =>
  problems.map((problem) => planProblemText(each, problem).message);

describe("what a Service may take", () => {
  test("is enough for 100,000 endpoints on a port", () => {
    const plan = planned({}, endpoints(100_000));
    expect([counts(plan), said(plan)]).toEqual([[100_000], []]);
  });

  test("is shared out among its ports: the first endpoints of each", () => {
    const plan = planned({ ports: ports(100) }, endpoints(10_000));
    expect(new Set(counts(plan))).toEqual(new Set([2621]));
    expect(plan.ports[99]?.endpoints.addresses[2620]).toBe(address(2620));
    expect(said(plan)).toHaveLength(100);
    expect(said(plan)[0]).toBe("has 10000 endpoints, too many for its frontends; the first 2621 are looked at");
  });

  test.each<[string, Partial<Service>, number]>([
    ["one list", {}, 100],
    ["two frontends", { externalIPs: ips("198.51.100.1") }, 50],
    ["sticky clients", { sessionAffinity: { timeoutSeconds: 60 } }, 50],
    [
      "a list for outsiders",
      { type: "NodePort", externalTrafficPolicy: "Local", ports: ports(1, { nodePort: portOf(30080) }) },
      33,
    ],
  ])("counts %s", (_, fields, most) => {
    expect(counts(planned(fields, endpoints(200), 100))).toEqual([most]);
  });

  test("is spent on the ports that need it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ endpoints: fc.nat(50), lists: fc.integer({ min: 1, max: 5 }) }), { maxLength: 6 }),
        fc.nat(300),
        (demands, limit) => {
          const sum = (most: number) =>
            demands.reduce((all, demand) => all + Math.min(demand.endpoints, most) * demand.lists, 0);
          const most = mostEndpoints(demands, limit);
          expect(sum(most)).toBeLessThanOrEqual(limit);
          if (most < Infinity) expect(sum(most + 1)).toBeGreaterThan(limit);
        },
      ),
    );
  });

  test("bounds its addresses, as each is a frontend of each port", () => {
    const externalIPs = ips(
      ...Array.from({ length: 1000 }, (_, index) => `198.51.${100 + (index >> 8)}.${index & 255}`),
    );
    const plan = planned({ ports: ports(100), externalIPs }, []);
    expect(plan.ports.map(({ frontends }) => frontends.length)).toEqual(Array(100).fill(163));
    expect(said(plan)).toEqual(["has 1001 IPv4 addresses, too many for its ports; the first 163 are served"]);
  });

  test("takes no time for ports that slices have, and the Service has not", () => {
    const many = (text: string) =>
      Array.from({ length: 20_000 }, (_, index) => ({
        name: `${text}${index}`,
        protocol: "tcp" as const,
        port: portOf(1 + index),
      }));
    const own = many("own").map((port) => servicePort(port));
    const plan = planService(
      service({ ports: own }),
      [slice(endpoints(1000), { ports: many("other") })],
      "ip",
      settings,
    );
    expect(plan.problems.length).toBe(20_000);
    expect(said(plan)[0]).toBe(
      "no EndpointSlice has this port (own0/TCP), they have other0/TCP, other1/TCP, other10/TCP, other100/TCP, other1000/TCP; it has no endpoints",
    );
  });
});
