import { nodeObject } from "./node-object.ts";
import { type Endpoint, endpoints, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const inZone = (host: "node" | "node2" | "node3", zone: string) =>
  nodeObject(host, { "topology.kubernetes.io/zone": zone });

const forZone = (at: Endpoint["at"], zone: string): Endpoint => ({ at, hints: { forZones: [{ name: zone }] } });

const forNode = (at: Endpoint["at"], name: string): Endpoint => ({ at, hints: { forNodes: [{ name }] } });

const answers = (pod4: string, pod6: string, pod9: string) => [
  `B-064 pod4 -> 10.96.0.50:80/tcp: ${pod4}`,
  `B-064 pod6 -> 10.96.0.50:80/udp: ${pod6}`,
  `B-064 pod9 -> 10.96.0.50:80/tcp: ${pod9}`,
];

/** Two nodes in one zone, and one in another. */
export const topology: Scenario = {
  name: "hints",
  steps: [
    {
      what: "for zones: the two nodes of a zone share its endpoints",
      put: [
        inZone("node", "a"),
        inZone("node2", "a"),
        inZone("node3", "b"),
        web(50),
        endpoints(50, [forZone("pod1", "a"), forZone("pod5", "a"), forZone("pod9", "b")]),
      ],
      rows: answers("pod1:8080 or pod5:8080", "pod1:8080 or pod5:8080", "pod9:8080 masqueraded"),
    },
    {
      what: "the endpoint of a zone dies: nodes there take all",
      put: [endpoints(50, [forZone("pod1", "a"), forZone("pod5", "a"), { ...forZone("pod9", "b"), state: "unready" }])],
      rows: answers("pod1:8080 or pod5:8080", "pod1:8080 or pod5:8080", "pod1:8080 or pod5:8080"),
    },
    {
      what: "it is back",
      put: [endpoints(50, [forZone("pod1", "a"), forZone("pod5", "a"), forZone("pod10", "b")])],
      rows: answers("pod1:8080 or pod5:8080", "pod1:8080 or pod5:8080", "pod10:8080"),
    },
    {
      what: "one has no hint: they are ignored",
      put: [endpoints(50, [{ at: "pod1" }, forZone("pod5", "a"), forZone("pod10", "b")])],
      rows: answers(
        "pod1:8080 or pod5:8080 or pod10:8080",
        "pod1:8080 or pod5:8080 or pod10:8080",
        "pod1:8080 or pod5:8080 or pod10:8080",
      ),
    },
    {
      what: "for nodes",
      put: [endpoints(50, [forNode("pod1", "node-1"), forNode("pod5", "node-2"), forNode("pod10", "node-3")])],
      rows: answers("pod1:8080", "pod5:8080", "pod10:8080"),
    },
    {
      what: "the endpoint of a node dies",
      put: [
        endpoints(50, [
          { ...forNode("pod1", "node-1"), state: "unready" },
          forNode("pod5", "node-2"),
          forNode("pod10", "node-3"),
        ]),
      ],
      rows: answers("pod5:8080 or pod10:8080", "pod5:8080", "pod10:8080"),
    },
    {
      what: "it returns",
      put: [endpoints(50, [forNode("pod1", "node-1"), forNode("pod5", "node-2"), forNode("pod10", "node-3")])],
      rows: answers("pod1:8080", "pod5:8080", "pod10:8080"),
    },
  ],
};
