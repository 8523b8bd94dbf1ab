import type { Table } from "../row.ts";

/** ClusterIPs, whose port leads to another port of the pods. Clients that are no pods are masqueraded. */
export const clusterIP: Table = {
  "cluster-ip": [
    "B-073, B-104 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-104 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-104 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-077 node2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-115 pod1 -> 10.96.0.10:80/tcp: pod1:8080 masqueraded or pod5:8080",
    "B-094 pod2 -> 10.96.0.10:81/tcp: refused",
    "B-094 client -> 10.96.0.10:80/udp: refused",
    "B-094 client -> 10.96.0.10:80/sctp: refused",
    "B-170 client -> 10.96.0.11:80/tcp: left alone",
  ],
};
