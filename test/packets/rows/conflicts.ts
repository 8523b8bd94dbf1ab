import type { Table } from "../row.ts";

/** Two Services with one frontend: one of them serves it, and each serves what it has for itself. */
export const conflicts: Table = {
  "conflict-of-external-ips": [
    "B-083, W-17 client -> 198.51.100.10:80/tcp: pod2:8080 or pod6:8080, masqueraded",
    "W-17 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "W-17 pod3 -> 10.96.0.11:80/tcp: pod2:8080 or pod6:8080",
  ],
  "conflict-of-node-ports": [
    "B-083, W-17 client -> 192.0.2.10:30080/tcp: pod2:8080, masqueraded",
    "B-027, W-17 client -> 192.0.2.10:30080/udp: pod5:53, masqueraded",
    "W-17 pod3 -> 10.96.0.10:80/tcp: pod1:8080",
    "W-17 pod3 -> 10.96.0.11:80/tcp: pod2:8080",
  ],
  "conflict-with-cluster-ip": [
    "B-083, W-17 pod3 -> 10.96.0.53:53/udp: pod1:53 or pod5:53",
    "W-17 pod3 -> 10.96.0.53:54/udp: refused",
    "W-17 pod3 -> 10.96.0.10:53/udp: pod2:53",
    "W-17 pod3 -> 10.96.0.10:54/udp: pod2:53",
  ],
};
