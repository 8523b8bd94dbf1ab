import type { Table } from "../row.ts";

/** Hints for nodes and zones. The node is in zone-a, where it has a zone. */
export const topology: Table = {
  "topology-external-traffic": [
    "B-070 client -> 192.0.2.10:30081/tcp: pod5:8080, masqueraded",
    "B-070 pod3 -> 192.0.2.10:30080/tcp: pod5:8080",
    "B-070 node -> 192.0.2.10:30080/tcp: pod5:8080, masqueraded",
    "B-063 client -> 192.0.2.10:30080/tcp: pod1:8080",
    "B-065 pod3 -> 10.96.0.10:80/tcp: pod5:8080",
  ],
  "topology-hint-missing": [
    "B-066 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-067 pod3 -> 10.96.0.11:80/tcp: pod1:8080",
  ],
  "topology-node": ["B-064 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080"],
  "topology-node-not-hinted": ["B-064, B-065 pod3 -> 10.96.0.10:80/tcp: pod5:8080"],
  "topology-terminating": ["B-063 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080"],
  "topology-zone": ["B-065, B-068 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod6:8080"],
  "topology-zone-not-hinted": ["B-066 pod3 -> 10.96.0.10:80/tcp: pod5:8080 or pod6:8080"],
  "topology-zone-unknown": ["B-069 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080"],
};
