import type { KubernetesObject } from "../../api-server/store.ts";
import { endpoints, servicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const ipv4 = "10.96.0.60";
const ipv6 = "fd00:10:96::60";

const service = (clusterIPs: readonly string[], spec: object = {}) =>
  web(60, {
    clusterIP: clusterIPs[0],
    clusterIPs,
    ipFamilies: clusterIPs.map((each) => (each.includes(":") ? "IPv6" : "IPv4")),
    ...spec,
  });

const rows = (to: string) => [
  `B-104 client -> ${to}:80/tcp: pod1:8080 or pod9:8080, masqueraded`,
  `B-073 pod4 -> ${to}:80/udp: pod1:8080 or pod9:8080`,
  `B-073 pod6 -> ${to}:80/tcp: pod1:8080 or pod9:8080`,
];

const nodePorts = ["192.0.2.20", "[2001:db8:2::20]"].map(
  (to) => `B-104 client -> ${to}:30060/tcp: pod1:8080 or pod9:8080, masqueraded`,
);

/** A Service that gets a second family and loses it, in either order. */
export const families: Scenario = {
  name: "families that come and go",
  connections: [`B-080 pod4 -> ${ipv4}:80/tcp: pod1:8080 or pod9:8080`],
  steps: [
    {
      what: "IPv4",
      put: [
        service([ipv4]),
        endpoints(60, ["pod1", "pod9"]),
        endpoints(60, ["pod1", "pod9"], { name: "web-60-6", family: 6 }),
      ],
      rows: rows(ipv4),
    },
    { what: "IPv4 and IPv6", put: [service([ipv4, ipv6])], rows: [...rows(ipv4), ...rows(`[${ipv6}]`)] },
    {
      what: "IPv6 and IPv4",
      put: [service([ipv6, ipv4])],
      waitsForAll: true,
      rows: [...rows(ipv4), ...rows(`[${ipv6}]`)],
    },
    {
      what: "a nodePort in both",
      put: [service([ipv6, ipv4], { type: "NodePort", ports: servicePorts({ nodePort: 30060 }) })],
      rows: nodePorts,
    },
    { what: "IPv6", put: [service([ipv6])], rows: [...rows(`[${ipv6}]`), `B-016 pod4 -> ${ipv4}:80/tcp: left alone`] },
    { what: "IPv4 again", put: [service([ipv4])], rows: [...rows(ipv4), `B-016 pod4 -> [${ipv6}]:80/tcp: left alone`] },
  ],
};

const serviceCIDR = (cidr: string): KubernetesObject => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "more" },
  spec: { cidrs: [cidr] },
});

/** A ServiceCIDR is added, with a Service in it, and removed. */
export const serviceCIDRs: Scenario = {
  name: "a ServiceCIDR that comes and goes",
  steps: [
    { what: "none", rows: ["B-095 client -> 10.96.7.70:80/tcp: left alone"] },
    {
      what: "it comes: what no Service has is dropped",
      put: [serviceCIDR("10.96.7.0/24")],
      rows: ["B-095 client -> 10.96.7.70:80/tcp: dropped", "B-095 pod6 -> 10.96.7.70:80/tcp: dropped"],
    },
    {
      what: "a Service in it",
      put: [
        web(70, {
          type: "NodePort",
          clusterIP: "10.96.7.70",
          clusterIPs: ["10.96.7.70"],
          ports: servicePorts({ nodePort: 30070 }),
        }),
        endpoints(70, ["pod1", "pod5"]),
      ],
      rows: [
        "B-104 client -> 10.96.7.70:80/tcp: pod1:8080 or pod5:8080, masqueraded",
        "B-104 client -> 192.0.2.30:30070/udp: pod1:8080 or pod5:8080, masqueraded",
        "B-094 pod4 -> 10.96.7.70:81/tcp: refused",
      ],
    },
    {
      what: "it goes: the Service is served",
      delete: [serviceCIDR("10.96.7.0/24")],
      rows: [
        "B-073 pod6 -> 10.96.7.70:80/tcp: pod1:8080 or pod5:8080",
        "B-095 client -> 10.96.7.71:80/tcp: left alone",
      ],
    },
  ],
};
