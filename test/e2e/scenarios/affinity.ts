import { endpoints, servicePorts, web } from "./objects.ts";
import type { Scenario } from "./scenario.ts";

const service = (externalTrafficPolicy: "Cluster" | "Local", sessionAffinity: "ClientIP" | "None") => {
  const spec = { type: "LoadBalancer", externalTrafficPolicy, sessionAffinity };
  return web(40, { ...spec, ports: servicePorts({ nodePort: 30040 }) }, ["203.0.113.40"]);
};

const sticky = ", always the same";

/** Each kind of client and frontend under policy Cluster; on the other nodes pods are processes, whose packets stay unmasqueraded. */
const cluster = (ending: string) => [
  `B-153 client -> 10.96.0.40:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
  `B-153 pod4 -> 10.96.0.40:80/udp: pod1:8080 or pod2:8080 or pod5:8080${ending}`,
  `B-153 node3 -> 10.96.0.40:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
  `B-153 client -> 203.0.113.40:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
  `B-153 pod6 -> 203.0.113.40:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
  `B-153 client -> 192.0.2.30:30040/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
  `B-153 client -> 192.0.2.10:30040/udp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded${ending}`,
];

/** The same under Local, where outsiders get the two that are here, or the one on the other node. */
const local = (ending: string) => [
  `B-112 client -> 203.0.113.40:80/tcp: pod1:8080 or pod2:8080${ending}`,
  `B-112 client -> 192.0.2.10:30040/tcp: pod1:8080 or pod2:8080${ending}`,
  `B-112 client -> 192.0.2.20:30040/tcp: pod5:8080${ending}`,
  `B-110 pod4 -> 203.0.113.40:80/tcp: pod1:8080 or pod2:8080 or pod5:8080${ending}`,
  `B-110 pod9 -> 203.0.113.40:80/udp: pod1:8080 or pod2:8080 or pod5:8080${ending}`,
];

export const affinity: Scenario = {
  name: "session affinity that is switched on and off",
  steps: [
    {
      what: "off, externalTrafficPolicy Cluster",
      put: [service("Cluster", "None"), endpoints(40, ["pod1", "pod2", "pod5"])],
      rows: cluster(""),
    },
    { what: "on", put: [service("Cluster", "ClientIP")], waitsForAll: true, rows: cluster(sticky) },
    { what: "off again", put: [service("Cluster", "None")], rows: cluster("") },
    { what: "off, Local", put: [service("Local", "None")], rows: local("") },
    { what: "on, Local", put: [service("Local", "ClientIP")], waitsForAll: true, rows: local(sticky) },
    { what: "on, Cluster", put: [service("Cluster", "ClientIP")], waitsForAll: true, rows: cluster(sticky) },
    { what: "off at last", put: [service("Cluster", "None")], rows: cluster("") },
  ],
};
