import fc from "fast-check";
import { allCapabilities, type FamilySettings, type Settings } from "../../src/compile/settings.ts";
import { type Address, address, type Family } from "../../src/model/address.ts";
import { type Annotations, exposedKinds } from "../../src/model/annotations.ts";
import { type CIDR, cidr } from "../../src/model/cidr.ts";
import type { Cluster } from "../../src/model/cluster.ts";
import type { EndpointSlice } from "../../src/model/endpoint-slice.ts";
import { type EndpointState, orderedEndpoints } from "../../src/model/endpoints.ts";
import { type Port, type Protocol, port, protocols } from "../../src/model/port.ts";
import { type Service, type ServicePort, serviceKey } from "../../src/model/service.ts";

/**
 * Services and slices from small pools, so that they often share names, frontends and endpoints: rare combinations are
 * common here. The addresses are those of the lab (`test/lab/world.ts`).
 */

/** Pods of two nodes, the node itself, and an address that is also a ClusterIP. */
const hosts: readonly Host[] = (
  [
    ["10.244.1.11", "fd00:10:244:1::11"],
    ["10.244.1.12", "fd00:10:244:1::12"],
    ["10.244.2.11", "fd00:10:244:2::11"],
    ["10.244.2.12", "fd00:10:244:2::12"],
    ["192.0.2.10", "2001:db8:2::10"],
    ["10.96.0.3", "fd00:10:96::2"],
  ] as const
).flatMap(([ipv4, ipv6]) => {
  const [ip, ip6] = addresses(ipv4, ipv6);
  return ip && ip6 ? [{ ip, ip6 }] : [];
});

const portNames = ["", "http", "dns"];

export const arbitraryServicePort: fc.Arbitrary<ServicePort> = fc.record({
  name: fc.constantFrom(...portNames),
  protocol: fc.constantFrom<Protocol>(...protocols),
  port: fc.constantFrom(...ports(80, 443, 30001)),
  nodePort: fc.option(fc.constantFrom(...ports(30001, 30002, 30003)), { nil: undefined }),
});

const arbitraryAnnotations: fc.Arbitrary<Annotations> = fc.record(
  {
    nodePortSourceRanges: fc.subarray([
      ...cidrs("192.0.2.0/24", "192.0.2.100/31", "10.244.0.0/16", "2001:db8:2::/120"),
    ]),
    denySourceRanges: fc.subarray([...cidrs("192.0.2.104/32", "192.0.2.10/32", "2001:db8:2::104/128")]),
    expose: fc.subarray([...exposedKinds]),
    problems: fc.constant([]),
  },
  { requiredKeys: ["problems"] },
);

export const arbitraryService: fc.Arbitrary<Service> = fc
  .record({
    namespace: fc.constantFrom("default", "kube-system"),
    name: fc.constantFrom("a", "b", "c", "d"),
    created: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY),
    type: fc.constantFrom<Service["type"]>("ClusterIP", "NodePort", "LoadBalancer"),
    clusterIPs: fc.record({
      ip: fc.option(fc.constantFrom(...addresses("10.96.0.1", "10.96.0.2", "10.96.0.3")), { nil: undefined }),
      ip6: fc.option(fc.constantFrom(...addresses("fd00:10:96::1", "fd00:10:96::2")), { nil: undefined }),
    }),
    externalIPs: fc.subarray([
      ...addresses("198.51.100.1", "192.0.2.10", "10.96.0.2", "2001:db8:198::1", "fd00:10:96::2"),
    ]),
    loadBalancerIPs: fc.subarray([...addresses("203.0.113.1", "203.0.113.2", "2001:db8:203::2")]),
    loadBalancerSourceRanges: fc.option(
      fc.subarray([...cidrs("192.0.2.0/24", "192.0.2.100/31", "0.0.0.0/0", "2001:db8:9::/48", "2001:db8:2::/120")]),
      { nil: undefined },
    ),
    externalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
    internalTrafficPolicy: fc.constantFrom("Cluster", "Local"),
    sessionAffinity: fc.option(fc.record({ timeoutSeconds: fc.constantFrom(7, 60, 77, 777, 10800) }), {
      nil: undefined,
    }),
    ports: fc.array(arbitraryServicePort, { maxLength: 3 }),
    annotations: fc.option(arbitraryAnnotations, { nil: undefined, freq: 1 }),
  })
  .map(({ clusterIPs, annotations, ...service }) => ({
    ...service,
    ...(annotations && { annotations }),
    clusterIPs: [clusterIPs.ip, clusterIPs.ip6].filter((ip) => ip !== undefined),
    healthCheckNodePort: undefined,
  }));

export const arbitrarySlice: fc.Arbitrary<EndpointSlice> = fc
  .record({
    namespace: fc.constantFrom("default", "kube-system"),
    number: fc.constantFrom(1, 2),
    serviceName: fc.constantFrom("a", "b", "c", "d"),
    generation: fc.constantFrom(1, 2),
    family: fc.constantFrom<Family>("ip", "ip6"),
    ports: fc.array(
      fc.record({
        name: fc.constantFrom(...portNames),
        protocol: fc.constantFrom<Protocol>(...protocols),
        port: fc.constantFrom(...ports(8080, 8443, 30001)),
      }),
      { maxLength: 3 },
    ),
    endpoints: fc.array(arbitraryEndpoint(), { maxLength: 4 }),
  })
  .map(({ number, endpoints, ...slice }) => ({
    ...slice,
    name: `${slice.serviceName}-${slice.family}-${number}`,
    endpoints: orderedEndpoints(
      endpoints.map(({ host, ...endpoint }) => ({ ...endpoint, address: host[slice.family] })),
    ),
  }));

type Host = Readonly<Record<Family, Address>>;

function arbitraryEndpoint(): fc.Arbitrary<EndpointState & { readonly host: Host }> {
  return fc.record({
    host: fc.constantFrom(...hosts),
    ready: fc.boolean(),
    serving: fc.boolean(),
    terminating: fc.boolean(),
    nodeName: fc.constantFrom("node-1", "node-2", undefined),
    zoneHints: fc.constantFrom<readonly string[]>([], ["zone-1"], ["zone-2"]),
    nodeHints: fc.constantFrom<readonly string[]>([], ["node-1"], ["node-2"]),
  });
}

/** Each slice belongs to a Service and has its ports; random ports would rarely match. */
export const arbitraryCluster: fc.Arbitrary<Cluster> = fc
  .record({
    services: fc.uniqueArray(arbitraryService, { selector: serviceKey, minLength: 3, maxLength: 6 }),
    slices: fc.array(arbitrarySlice, { minLength: 6, maxLength: 12 }),
  })
  .map(({ services, slices }) => {
    const endpointSlices = slices.flatMap((slice, index): readonly EndpointSlice[] => {
      const service = services[index % services.length];
      if (service === undefined) return [];
      const ports = service.ports.map(({ name, protocol, port }, number) => ({
        name,
        protocol,
        port: slice.ports[number]?.port ?? port,
      }));
      return [{ ...slice, namespace: service.namespace, serviceName: service.name, name: String(index), ports }];
    });
    return { services, endpointSlices, nodes: [], serviceCIDRs: [] };
  });

const families: Readonly<Record<Family, FamilySettings>> = {
  ip: {
    nodeIP: addresses("192.0.2.10")[0],
    detectLocal: { kind: "cidrs", cidrs: cidrs("10.244.0.0/16") },
    nodePortAddresses: { any: false, addresses: addresses("192.0.2.10"), loopback: false },
    podNetworks: cidrs("10.244.0.0/16"),
    serviceCIDRs: cidrs("10.96.0.0/16"),
    ...allCapabilities,
  },
  ip6: {
    nodeIP: addresses("2001:db8:2::10")[0],
    detectLocal: { kind: "cidrs", cidrs: cidrs("fd00:10:244::/48") },
    nodePortAddresses: { any: false, addresses: addresses("2001:db8:2::10"), loopback: false },
    podNetworks: cidrs("fd00:10:244::/48"),
    serviceCIDRs: cidrs("fd00:10:96::/112"),
    ...allCapabilities,
    affinity: "hash",
  },
};

export const settings: Settings = {
  nodeName: "node-1",
  zone: "zone-1",
  families,
  masqueradeBit: 14,
  masqueradeAll: false,
  externalIPs: true,
  elementLimit: 262_144,
  apiServer: [],
  sourceRangeLimit: 2000,
  tableSourceRangeLimit: 20_000,
  affinityTimeoutLimit: 100,
  counters: false,
};

export const arbitrarySettings: fc.Arbitrary<Settings> = fc
  .record({
    zone: fc.constantFrom("zone-1", "zone-2", undefined),
    nodePorts: fc.subarray([...addresses("192.0.2.10", "192.0.2.11")]),
    any: fc.boolean(),
    podNetworks: fc.subarray([...cidrs("10.244.0.0/16", "10.245.0.0/16")]),
    serviceCIDRs: fc.subarray([...cidrs("10.96.0.0/16", "10.97.0.0/16")]),
    detectLocal: fc.constantFrom<FamilySettings["detectLocal"]>(
      { kind: "none" },
      { kind: "cidrs", cidrs: cidrs("10.244.0.0/16", "10.245.0.0/16") },
      { kind: "interface", name: "cbr0" },
      { kind: "interfacePrefix", prefix: "veth" },
    ),
    masqueradeAll: fc.boolean(),
    tableSourceRangeLimit: fc.constantFrom(2, 5, 20_000),
    affinityTimeoutLimit: fc.constantFrom(0, 1, 2, 100),
  })
  .map(({ nodePorts, any, podNetworks, serviceCIDRs, detectLocal, ...others }) => ({
    ...settings,
    ...others,
    families: {
      ...families,
      ip: {
        ...families.ip,
        nodePortAddresses: { any, addresses: nodePorts, loopback: false },
        podNetworks,
        serviceCIDRs,
        detectLocal,
      },
    },
  }));

function addresses(...texts: readonly string[]): readonly Address[] {
  return texts.flatMap((text) => address(text) ?? []);
}

function cidrs(...texts: readonly string[]): readonly CIDR[] {
  return texts.flatMap((text) => cidr(text) ?? []);
}

function ports(...numbers: readonly number[]): readonly Port[] {
  return numbers.flatMap((number) => port(number) ?? []);
}
