import { endpoints, servicePorts, slicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const both = ["tcp", "udp"];

/** Every frontend of Services without endpoints. */
const allRefused = both.flatMap((protocol) => [
  ...["client", "pod4", "node", "pod6", "node3"].flatMap((from) => [
    `B-089 ${from} -> 10.96.0.30:80/${protocol}: refused`,
    `B-089 ${from} -> 203.0.113.30:80/${protocol}: refused`,
    `B-089 ${from} -> 198.51.100.30:80/${protocol}: refused`,
  ]),
  `B-089 client -> 192.0.2.20:30030/${protocol}: refused`,
  `B-089 node -> 192.0.2.10:30030/${protocol}: refused`,
  `B-089 pod4 -> 192.0.2.30:30030/${protocol}: refused`,
]);

const ofPod1 = both.flatMap((protocol) => [
  `B-073 pod4 -> 10.96.0.30:80/${protocol}: pod1:8080`,
  `B-104 client -> 203.0.113.30:80/${protocol}: pod1:8080, masqueraded`,
  `B-104 client -> 192.0.2.30:30030/${protocol}: pod1:8080, masqueraded`,
  `B-104 pod6 -> 198.51.100.30:80/${protocol}: pod1:8080, masqueraded`,
]);

export const unready: Scenario = {
  name: "a Service without an endpoint that serves",
  steps: [
    {
      what: "only unready ones",
      put: [
        web(30, { type: "LoadBalancer", externalIPs: ["198.51.100.30"], ports: servicePorts({ nodePort: 30030 }) }, [
          "203.0.113.30",
        ]),
        endpoints(30, [{ at: "pod1", state: "unready" }]),
      ],
      rows: allRefused,
    },
    { what: "one becomes ready", put: [endpoints(30, ["pod1"])], rows: ofPod1 },
    { what: "only terminated ones", put: [endpoints(30, [{ at: "pod1", state: "terminated" }])], rows: allRefused },
    { what: "one terminates and serves", put: [endpoints(30, [{ at: "pod1", state: "terminating" }])], rows: ofPod1 },
    {
      what: "unready and terminated ones",
      put: [
        endpoints(30, [
          { at: "pod1", state: "terminated" },
          { at: "pod5", state: "unready" },
        ]),
      ],
      rows: allRefused,
    },
    {
      what: "a ready one beside them",
      put: [endpoints(30, ["pod1", { at: "pod2", state: "terminated" }, { at: "pod5", state: "unready" }])],
      rows: ofPod1,
    },
  ],
};

const answeredBy = (answer: string) => [
  `B-104 client -> 10.96.0.31:80/tcp: ${answer}, masqueraded`,
  `B-073 pod6 -> 10.96.0.31:80/udp: ${answer}`,
];

/** A client that keeps its port. */
const keeps = (answer: string) => [`B-327 pod4 -> 10.96.0.31:80/udp: ${answer}`];

const slices = (first: number, second: number) => [
  endpoints(31, ["pod1"], { port: first }),
  endpoints(31, ["pod5"], { port: second, name: "web-31-b" }),
];

/** Ports, labels and slices of a Service, changed one after the other. */
export const changes: Scenario = {
  name: "ports, labels and slices that change",
  steps: [
    {
      what: "two slices with other ports",
      put: [web(31), ...slices(8080, 8443)],
      rows: answeredBy("pod1:8080 or pod5:8443"),
    },
    { what: "their ports are swapped", put: slices(8443, 8080), rows: answeredBy("pod1:8443 or pod5:8080") },
    {
      what: "a slice of another name takes over",
      put: [endpoints(31, ["pod2"], { name: "web-31-c" })],
      delete: slices(8443, 8080),
      rows: answeredBy("pod2:8080"),
    },
    {
      what: "one more Service port",
      put: [
        web(31, { ports: [...servicePorts(), { name: "more", port: 81, protocol: "TCP" }] }),
        {
          ...endpoints(31, ["pod2"], { name: "web-31-c" }),
          ports: [...slicePorts(8080), { name: "more", port: 9090 }],
        },
      ],
      rows: [...answeredBy("pod2:8080"), "B-043 pod4 -> 10.96.0.31:81/tcp: pod2:9090"],
    },
    {
      what: "its number changes",
      put: [web(31, { ports: [...servicePorts(), { name: "more", port: 82, protocol: "TCP" }] })],
      rows: ["B-043 pod4 -> 10.96.0.31:82/tcp: pod2:9090", "B-094 pod4 -> 10.96.0.31:81/tcp: refused"],
    },
    {
      what: "its name changes, which no slice has",
      put: [web(31, { ports: [...servicePorts(), { name: "other", port: 82, protocol: "TCP" }] })],
      rows: [...answeredBy("pod2:8080"), "B-043 pod4 -> 10.96.0.31:82/tcp: refused"],
    },
    {
      what: "it goes",
      put: [web(31)],
      rows: [...answeredBy("pod2:8080"), "B-094 client -> 10.96.0.31:82/tcp: refused"],
    },
    {
      what: "the slice is for a headless Service",
      put: [endpoints(31, ["pod2"], { name: "web-31-c", labels: { "service.kubernetes.io/headless": "" } })],
      rows: both.map((protocol) => `B-004 pod4 -> 10.96.0.31:80/${protocol}: refused`),
      flows: keeps("refused"),
    },
    {
      what: "it is not",
      put: [endpoints(31, ["pod2"], { name: "web-31-c" })],
      rows: answeredBy("pod2:8080"),
      flows: keeps("pod2:8080"),
    },
    {
      what: "that label on the Service",
      put: [{ ...web(31), metadata: { ...web(31).metadata, labels: { "service.kubernetes.io/headless": "" } } }],
      waitsForAll: true,
      rows: answeredBy("pod2:8080"),
    },
    {
      what: "another proxy's Service",
      put: [
        { ...web(31), metadata: { ...web(31).metadata, labels: { "service.kubernetes.io/service-proxy-name": "x" } } },
      ],
      rows: both.map((protocol) => `B-002 pod4 -> 10.96.0.31:80/${protocol}: left alone`),
      flows: keeps("left alone"),
    },
    { what: "ours again", put: [web(31)], rows: answeredBy("pod2:8080"), flows: keeps("pod2:8080") },
    {
      what: "deleted",
      delete: [web(31)],
      rows: both.map((protocol) => `B-080 pod4 -> 10.96.0.31:80/${protocol}: left alone`),
      flows: keeps("left alone"),
    },
    {
      what: "made again with another address, and its old one is another Service's",
      put: [
        web(31, { clusterIP: "10.96.0.32", clusterIPs: ["10.96.0.32"] }),
        web(33, { clusterIP: "10.96.0.31", clusterIPs: ["10.96.0.31"] }),
        endpoints(33, ["pod3"]),
      ],
      rows: [
        "B-073 pod4 -> 10.96.0.32:80/tcp: pod2:8080",
        "B-073 pod4 -> 10.96.0.31:80/udp: pod3:8080",
        "B-104 client -> 10.96.0.31:80/tcp: pod3:8080, masqueraded",
      ],
      flows: keeps("pod3:8080"),
    },
    {
      what: "two Services of one pod",
      put: [endpoints(33, ["pod2"])],
      rows: ["B-073 pod4 -> 10.96.0.32:80/tcp: pod2:8080", "B-073 pod4 -> 10.96.0.31:80/tcp: pod2:8080"],
    },
    {
      what: "one of them is deleted",
      delete: [web(33), endpoints(33, [])],
      rows: ["B-073 pod4 -> 10.96.0.32:80/tcp: pod2:8080", "B-080 pod4 -> 10.96.0.31:80/tcp: left alone"],
    },
  ],
};

/** Connections of a terminating pod continue, and it can still open new ones. */
export const terminating: Scenario = {
  name: "a pod that terminates",
  connections: [
    "B-080 client -> 10.96.0.34:80/tcp: pod1:8080, masqueraded",
    "B-080 pod4 -> 10.96.0.34:80/tcp: pod1:8080",
  ],
  steps: [
    { what: "is ready", put: [web(34), endpoints(34, ["pod1"])], rows: ["B-073 pod4 -> 10.96.0.34:80/tcp: pod1:8080"] },
    {
      what: "terminates, beside one that is ready",
      put: [endpoints(34, [{ at: "pod1", state: "terminating" }, "pod5"])],
      rows: [
        "B-073 pod4 -> 10.96.0.34:80/tcp: pod5:8080",
        "B-073 pod1 -> 10.96.0.34:80/tcp: pod5:8080",
        "W-36 pod4 -> 10.244.1.11:8080/tcp: pod1:8080",
      ],
    },
    {
      what: "is in no slice any more",
      delete: [endpoints(34, [])],
      rows: ["B-089 pod1 -> 10.96.0.34:80/tcp: refused", "W-36 client -> 10.244.1.11:8080/udp: pod1:8080"],
    },
  ],
};

/** Packets that are not for Services, between pods, nodes and others. */
export const others: Scenario = {
  name: "packets that are for no Service",
  steps: [
    {
      what: "are left alone",
      rows: both.flatMap((protocol) => [
        `W-36 pod4 -> 10.244.3.11:8080/${protocol}: pod9:8080`,
        `W-36 pod4 -> [fd00:10:244:3::11]:8080/${protocol}: pod9:8080`,
        `W-36 pod9 -> 10.244.1.11:8080/${protocol}: pod1:8080`,
        `W-36 pod6 -> 192.0.2.10:9100/${protocol}: node:9100`,
        `W-36 pod4 -> 192.0.2.30:9100/${protocol}: node3:9100`,
        `W-36 node3 -> 10.244.1.11:8080/${protocol}: pod1:8080`,
        `W-36 client -> [fd00:10:244:2::11]:8080/${protocol}: pod5:8080`,
      ]),
    },
  ],
};
