import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { lowerFrontend } from "../../../src/compile/lower/nftables/frontend-elements.ts";
import { frontendsOfPort } from "../../../src/compile/lower/planned-frontend.ts";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import type { ServicePlan } from "../../../src/compile/plan/service-plan.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { affectedServices } from "../../../src/daemon/table/settings-change.ts";
import type { Address } from "../../../src/model/address.ts";
import type { Port } from "../../../src/model/port.ts";
import { serviceKey } from "../../../src/model/service.ts";
import { endpoint, portOf, service, servicePort, slice } from "../../compile/values.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";

test("a Service that is not among the affected ones has the same rules as before", () => {
  const slices = fc.array(arbitrarySlice, { maxLength: 3 });
  const family = fc.constantFrom("ip" as const, "ip6" as const);
  fc.assert(
    fc.property(
      arbitrarySettings,
      arbitrarySettings,
      arbitraryService,
      slices,
      family,
      (a, b, service, own, family) => {
        const near = { ...b, families: { ...b.families, [family]: { ...a.families[family] } } };
        for (const after of [b, { ...a, families: near.families }, { ...a, families: moved(a, b) }]) {
          const affected = affectedServices(a, after, family, {
            services: new Map([[serviceKey(service), service]]),
            slicesOf: () => own,
          });
          if (affected.length > 0) continue;
          expect(elements(planService(service, own, family, after), after)).toEqual(
            elements(planService(service, own, family, a), a),
          );
        }
      },
    ),
  );
});

/** All that a plan puts into sets. */
function elements(plan: ServicePlan, settings: Settings): unknown {
  return plan.ports.flatMap((port) =>
    frontendsOfPort(plan, port, settings).map((planned) => {
      const { groups, ...rest } = lowerFrontend(planned);
      return { ...rest, groups: groups.map(({ set, elements }) => [set, elements()]) };
    }),
  );
}

const slicesOf = () => [];

test("an added or removed address of this node affects the Services that have it, and no others", () => {
  const [example] = fc.sample(arbitraryService, { numRuns: 1, seed: 7 });
  if (example === undefined) throw new Error("no Service");
  const ip = "203.0.113.77" as Address;
  const services = new Map([
    ["default/with", { ...example, externalIPs: [ip] }] as const,
    ["default/without", { ...example, externalIPs: [] }] as const,
  ]);
  const { nodePortAddresses } = settings.families.ip;
  const addresses = [...nodePortAddresses.addresses, ip];
  const after = { ...settings.families.ip, nodePortAddresses: { ...nodePortAddresses, addresses } };
  const change = { ...settings, families: { ...settings.families, ip: after } };
  expect(affectedServices(settings, change, "ip", { services, slicesOf })).toEqual(["default/with"]);
  expect(affectedServices(change, settings, "ip", { services, slicesOf })).toEqual(["default/with"]);
  expect(affectedServices(settings, change, "ip6", { services, slicesOf })).toEqual([]);
  expect(affectedServices(settings, { ...settings, zone: "elsewhere" }, "ip", { services, slicesOf })).toHaveLength(2);
});

test("an added or removed address of the API server affects the Services that have it, and no others", () => {
  const [example] = fc.sample(arbitraryService, { numRuns: 1, seed: 7 });
  if (example === undefined) throw new Error("no Service");
  const address = "203.0.113.77" as Address;
  const services = new Map([
    ["default/with", { ...example, externalIPs: [address] }] as const,
    ["default/without", { ...example, externalIPs: [] }] as const,
  ]);
  const at = (number: number) => ({ ...settings, apiServer: [{ address, port: number as Port }] });
  expect(affectedServices(settings, at(6443), "ip", { services, slicesOf })).toEqual(["default/with"]);
  expect(affectedServices(at(6443), at(443), "ip", { services, slicesOf })).toEqual(["default/with"]);
  expect(affectedServices(at(443), at(443), "ip", { services, slicesOf })).toEqual([]);
});

test("an address of this node that comes or goes is about a NodePort that has itself as endpoint there", () => {
  const own = service({ type: "NodePort", ports: [servicePort({ nodePort: portOf(30001) })] });
  const store = (port: number) => ({
    services: new Map([[serviceKey(own), own]]),
    slicesOf: () => [slice([endpoint("192.0.2.10")], { ports: [{ name: "", protocol: "tcp", port: portOf(port) }] })],
  });
  const nodePortAddresses = { any: false, addresses: [], loopback: false };
  const families = { ...settings.families, ip: { ...settings.families.ip, nodePortAddresses } };
  expect(affectedServices(settings, { ...settings, families }, "ip", store(30001))).toEqual(["default/web"]);
  expect(affectedServices(settings, { ...settings, families }, "ip", store(8080))).toEqual([]);
});

/** Settings that differ from the first ones in the addresses that serve NodePorts only. */
function moved(a: typeof settings, b: typeof settings): typeof settings.families {
  const of = (family: "ip" | "ip6") => ({
    ...a.families[family],
    nodePortAddresses: b.families[family].nodePortAddresses,
  });
  return { ip: of("ip"), ip6: of("ip6") };
}
