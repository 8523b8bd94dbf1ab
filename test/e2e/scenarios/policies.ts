import { type Endpoint, endpoints, servicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const clusterIP = "10.96.0.21";
const loadBalancerIP = "203.0.113.21";
const nodePort = 30090;
const healthPort = 30990;

function balanced(externalTrafficPolicy: "Local" | "Cluster") {
  const spec = { type: "LoadBalancer", externalTrafficPolicy, ports: servicePorts({ nodePort }) };
  return web(21, { ...spec, healthCheckNodePort: externalTrafficPolicy === "Local" ? healthPort : 0 }, [
    loadBalancerIP,
  ]);
}

const health = (node: string, node2: string, node3: string) => ({ port: healthPort, node, node2, node3 });

const ofBoth = ["tcp", "udp"];

/** Clients outside all nodes, by their path: the load balancer IP through the first node, and each node's nodePort. */
const outsiders = (loadBalancer: string, node: string, node2: string, node3: string) =>
  ofBoth.flatMap((protocol) => [
    `B-112 client -> ${loadBalancerIP}:80/${protocol}: ${loadBalancer}`,
    `B-112 client -> 192.0.2.10:${nodePort}/${protocol}: ${node}`,
    `B-112 client -> 192.0.2.20:${nodePort}/${protocol}: ${node2}`,
    `B-112 client -> 192.0.2.30:${nodePort}/${protocol}: ${node3}`,
  ]);

/** Pods and nodes, which get any endpoint. */
const insiders = (answer: string) =>
  ofBoth.flatMap((protocol) => [
    `B-110 pod4 -> ${loadBalancerIP}:80/${protocol}: ${answer}`,
    `B-110 pod6 -> ${loadBalancerIP}:80/${protocol}: ${answer}`,
    `B-110 pod9 -> 192.0.2.30:${nodePort}/${protocol}: ${answer}`,
    `B-111 node -> ${loadBalancerIP}:80/${protocol}: ${answer}, masqueraded`,
    `B-111 node3 -> ${loadBalancerIP}:80/${protocol}: ${answer}, masqueraded`,
    `B-061 pod6 -> ${clusterIP}:80/${protocol}: ${answer}`,
  ]);

const refused = ofBoth.flatMap((protocol) => [
  `B-092 client -> ${loadBalancerIP}:80/${protocol}: refused`,
  `B-092 client -> 192.0.2.30:${nodePort}/${protocol}: refused`,
  `B-092 pod4 -> ${loadBalancerIP}:80/${protocol}: refused`,
  `B-092 node2 -> 192.0.2.20:${nodePort}/${protocol}: refused`,
]);

const set = (...of: readonly Endpoint[]) => [endpoints(21, of)];

export const externalPolicy: Scenario = {
  name: "externalTrafficPolicy, and what it takes for an endpoint here",
  steps: [
    {
      what: "Local, endpoints on two of three nodes",
      put: [balanced("Local"), ...set({ at: "pod1" }, { at: "pod5" })],
      rows: [...outsiders("pod1:8080", "pod1:8080", "pod5:8080", "dropped"), ...insiders("pod1:8080 or pod5:8080")],
      health: health("200 1", "200 1", "503 0"),
    },
    {
      what: "Cluster",
      put: [balanced("Cluster")],
      rows: [
        ...outsiders(
          "pod1:8080 or pod5:8080, masqueraded",
          "pod1:8080 or pod5:8080, masqueraded",
          "pod1:8080 masqueraded or pod5:8080",
          "pod1:8080 or pod5:8080, masqueraded",
        ),
        `B-104 pod4 -> ${loadBalancerIP}:80/tcp: pod1:8080 or pod5:8080, masqueraded`,
      ],
      health: health("no answer", "no answer", "no answer"),
    },
    {
      what: "Local again",
      put: [balanced("Local")],
      rows: [...outsiders("pod1:8080", "pod1:8080", "pod5:8080", "dropped"), ...insiders("pod1:8080 or pod5:8080")],
      health: health("200 1", "200 1", "503 0"),
    },
    {
      what: "the one here terminates and serves: who comes from outside still gets it, everybody else the ready one",
      put: set({ at: "pod1", state: "terminating" }, { at: "pod5" }),
      rows: [...outsiders("pod1:8080", "pod1:8080", "pod5:8080", "dropped"), ...insiders("pod5:8080")],
      health: health("503 0", "200 1", "503 0"),
    },
    {
      what: "a ready one beside it",
      put: set({ at: "pod1", state: "terminating" }, { at: "pod2" }, { at: "pod5", state: "unready" }),
      rows: [...outsiders("pod2:8080", "pod2:8080", "dropped", "dropped"), ...insiders("pod2:8080")],
      health: health("200 1", "503 0", "503 0"),
    },
    {
      what: "it serves no more",
      put: set({ at: "pod1", state: "terminated" }, { at: "pod5" }),
      rows: [...outsiders("dropped", "dropped", "pod5:8080", "dropped"), ...insiders("pod5:8080")],
      health: health("503 0", "200 1", "503 0"),
    },
    {
      what: "all terminate and serve",
      put: set({ at: "pod1", state: "terminating" }, { at: "pod5", state: "terminating" }),
      rows: [...outsiders("pod1:8080", "pod1:8080", "pod5:8080", "dropped"), ...insiders("pod1:8080 or pod5:8080")],
      health: health("503 0", "503 0", "503 0"),
    },
    {
      what: "all terminate, one serves",
      put: set({ at: "pod1", state: "terminated" }, { at: "pod5", state: "terminating" }),
      rows: [...outsiders("dropped", "dropped", "pod5:8080", "dropped"), ...insiders("pod5:8080")],
      health: health("503 0", "503 0", "503 0"),
    },
    {
      what: "none serves",
      put: set({ at: "pod1", state: "terminated" }, { at: "pod5", state: "unready" }),
      rows: refused,
      health: health("503 0", "503 0", "503 0"),
    },
    {
      what: "on the third node",
      put: set({ at: "pod9" }, { at: "pod10" }),
      rows: [
        ...outsiders("dropped", "dropped", "dropped", "pod9:8080 or pod10:8080"),
        `B-110 pod4 -> ${loadBalancerIP}:80/tcp: pod9:8080 or pod10:8080`,
      ],
      health: health("503 0", "503 0", "200 2"),
    },
    {
      what: "Cluster, when all terminate",
      put: [balanced("Cluster"), ...set({ at: "pod1", state: "terminating" }, { at: "pod5", state: "terminating" })],
      rows: [
        `B-104 client -> 192.0.2.30:${nodePort}/tcp: pod1:8080 or pod5:8080, masqueraded`,
        `B-104 pod4 -> ${loadBalancerIP}:80/udp: pod1:8080 or pod5:8080, masqueraded`,
        `B-073 pod4 -> ${clusterIP}:80/tcp: pod1:8080 or pod5:8080`,
      ],
    },
  ],
};

const ofHosts = (answer: string, client: string) => [
  `B-104 client -> 203.0.113.22:80/tcp: ${client}`,
  `B-073 pod4 -> 10.96.0.22:80/udp: ${answer}`,
];

/** Endpoints that are processes of nodes, and a Service that is served on each node by its own. */
export const hostNetwork: Scenario = {
  name: "endpoints on the host network",
  steps: [
    {
      what: "of all nodes",
      put: [
        web(22, { type: "LoadBalancer", ports: servicePorts({ nodePort: 30092 }) }, ["203.0.113.22"]),
        endpoints(22, ["node", "node2"], { port: 9100 }),
      ],
      rows: [
        ...ofHosts("node:9100 or node2:9100", "node:9100 or node2:9100 masqueraded"),
        "B-104 client -> 192.0.2.20:30092/udp: node:9100 masqueraded or node2:9100",
        "B-104 client -> 192.0.2.30:30092/tcp: node:9100 or node2:9100, masqueraded",
      ],
    },
    {
      what: "externalTrafficPolicy Local",
      put: [
        web(22, { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: servicePorts({ nodePort: 30092 }) }, [
          "203.0.113.22",
        ]),
      ],
      rows: [
        ...ofHosts("node:9100 or node2:9100", "node:9100"),
        "B-112 client -> 192.0.2.20:30092/udp: node2:9100",
        "B-112 client -> 192.0.2.30:30092/tcp: dropped",
      ],
    },
    {
      what: "internalTrafficPolicy Local",
      put: [web(22, { internalTrafficPolicy: "Local" })],
      rows: [
        "B-076 pod4 -> 10.96.0.22:80/tcp: node:9100",
        "B-076 pod6 -> 10.96.0.22:80/tcp: node2:9100",
        "B-090 pod9 -> 10.96.0.22:80/tcp: dropped",
        "B-076 client -> 10.96.0.22:80/udp: node:9100",
        "B-107 node -> 10.96.0.22:80/udp: node:9100, masqueraded",
      ],
    },
  ],
};
