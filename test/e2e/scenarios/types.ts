import { endpoints, servicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const clusterIP = "10.96.0.20";
const loadBalancerIP = "203.0.113.20";

const ofClusterIP = ["tcp", "udp"].flatMap((protocol) => [
  `B-104 client -> ${clusterIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
  `B-073 pod4 -> ${clusterIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080`,
  `B-073 pod6 -> ${clusterIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080`,
  `B-081 node3 -> ${clusterIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
]);

/** On the other nodes the pods are processes of the node: packets to them do not leave it, and are not masqueraded. */
const ofNodePort = (port: number) =>
  ["tcp", "udp"].flatMap((protocol) => [
    `B-104 client -> 192.0.2.10:${port}/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
    `B-104 client -> 192.0.2.20:${port}/${protocol}: pod1:8080 masqueraded or pod5:8080 or pod9:8080 masqueraded`,
    `B-104 pod4 -> 192.0.2.30:${port}/${protocol}: pod1:8080 masqueraded or pod5:8080 masqueraded or pod9:8080`,
    `B-081 node -> 192.0.2.10:${port}/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
  ]);

const ofLoadBalancer = ["tcp", "udp"].flatMap((protocol) => [
  `B-104 client -> ${loadBalancerIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
  `B-104 pod6 -> ${loadBalancerIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
  `B-081 node3 -> ${loadBalancerIP}:80/${protocol}: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
]);

const noNodePort = (port: number) =>
  ["tcp", "udp"].flatMap((protocol) => [
    `B-080 client -> 192.0.2.20:${port}/${protocol}: refused`,
    `B-080 node -> 192.0.2.30:${port}/${protocol}: refused`,
  ]);

const noService = ["tcp", "udp"].flatMap((protocol) => [
  `B-013 client -> ${clusterIP}:80/${protocol}: left alone`,
  `B-013 pod4 -> ${clusterIP}:80/${protocol}: left alone`,
]);

const only = (protocol: "TCP" | "UDP", spec: object = {}) =>
  web(20, { ports: [{ name: protocol.toLowerCase(), port: 80, protocol, ...spec }] });

/** Clients that keep their port. */
const keep = (answer: string, external: string) => [
  `B-327 pod4 -> ${clusterIP}:80/udp: ${answer}`,
  `B-327 node3 -> ${loadBalancerIP}:80/udp: ${external}`,
];
const keepAll = "pod1:8080 or pod5:8080 or pod9:8080";

/** A Service changes to each type, and each protocol is removed and added again. */
export const types: Scenario = {
  name: "a Service that becomes one of each type",
  connections: [
    `B-080 client -> ${clusterIP}:80/tcp: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
    `B-080 pod4 -> ${clusterIP}:80/tcp: pod1:8080 or pod5:8080 or pod9:8080`,
    `B-080 node2 -> ${clusterIP}:80/tcp: pod1:8080 or pod5:8080 or pod9:8080, masqueraded`,
  ],
  steps: [
    {
      what: "ClusterIP",
      put: [web(20), endpoints(20, ["pod1", "pod5", "pod9"])],
      rows: ofClusterIP,
      flows: keep(keepAll, "left alone"),
    },
    {
      what: "NodePort",
      put: [web(20, { type: "NodePort", ports: servicePorts({ nodePort: 30020 }) })],
      rows: [...ofClusterIP, ...ofNodePort(30020)],
    },
    {
      what: "LoadBalancer, without a nodePort",
      put: [web(20, { type: "LoadBalancer" }, [loadBalancerIP])],
      rows: [...ofLoadBalancer, ...noNodePort(30020)],
      flows: keep(keepAll, `${keepAll}, masqueraded`),
    },
    {
      what: "LoadBalancer, with another nodePort",
      put: [web(20, { type: "LoadBalancer", ports: servicePorts({ nodePort: 30021 }) }, [loadBalancerIP])],
      rows: [...ofLoadBalancer, ...ofNodePort(30021), ...noNodePort(30020)],
    },
    {
      what: "ExternalName",
      put: [web(20, { type: "ExternalName", externalName: "example.org", clusterIP: "", clusterIPs: [], ports: [] })],
      rows: [...noService, ...noNodePort(30021), `B-013 client -> ${loadBalancerIP}:80/tcp: left alone`],
      flows: keep("left alone", "left alone"),
    },
    {
      what: "NodePort again",
      put: [web(20, { type: "NodePort", ports: servicePorts({ nodePort: 30020 }) })],
      rows: [...ofClusterIP, ...ofNodePort(30020)],
    },
    {
      what: "headless",
      put: [web(20, { clusterIP: "None", clusterIPs: ["None"] })],
      rows: [...noService, ...noNodePort(30020), "B-012 client -> 10.244.3.11:8080/tcp: pod9:8080"],
    },
    {
      what: "ClusterIP of TCP alone",
      put: [only("TCP")],
      rows: [
        ...ofClusterIP.filter((sentence) => sentence.includes("/tcp")),
        `B-094 pod4 -> ${clusterIP}:80/udp: refused`,
      ],
    },
    {
      what: "ClusterIP of UDP alone",
      put: [only("UDP")],
      rows: [
        ...ofClusterIP.filter((sentence) => sentence.includes("/udp")),
        `B-094 pod4 -> ${clusterIP}:80/tcp: refused`,
      ],
    },
    { what: "ClusterIP of both", put: [web(20)], rows: ofClusterIP },
  ],
};
