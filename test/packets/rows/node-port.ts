import type { Table } from "../row.ts";

/** NodePorts on the node's primary addresses. Processes of the node listen on these numbers too. */
export const nodePort: Table = {
  "node-port": [
    "B-075, B-109 client -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod2 -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod1 -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-109 node -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 node2 -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-073 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-085 client -> 192.0.2.10:32675/udp: left alone",
    "B-085 client -> 192.0.2.10:32675/sctp: left alone",
    "B-085 client -> 192.0.2.10:30080/tcp: left alone",
    "B-085 pod2 -> 192.0.2.10:30080/udp: left alone",
    "B-088 client -> 192.0.2.10/icmp: left alone",
    "B-131 client -> 192.0.2.11:32675/tcp: left alone",
    "B-131 client -> 172.16.0.10:32675/tcp: left alone",
    "B-131 pod2 -> 10.244.1.1:32675/tcp: refused",
    "B-082 node -> 127.0.0.1:32675/tcp: refused",
    "B-131 pod2 -> 192.0.2.20:32675/tcp: node2:32675",
    "B-094 client -> 10.96.0.10:32675/tcp: refused",
  ],
  "node-port-dual-stack": [
    "B-010, B-109 client -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-010, B-109 client -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod2 -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod1 -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-109 node -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-131 client -> [2001:db8:2::11]:32675/tcp: left alone",
    "B-085 client -> [2001:db8:2::10]:32675/udp: left alone",
    "B-082 node -> [::1]:32675/tcp: refused",
  ],
  "node-port-protocols": [
    "B-027 client -> 192.0.2.10:30053/tcp: pod1:53 or pod5:53, masqueraded",
    "B-027 client -> 192.0.2.10:30053/udp: pod1:53 or pod5:53, masqueraded",
    "B-027 client -> 192.0.2.10:30053/sctp: pod1:53 or pod5:53, masqueraded",
    "B-109 pod2 -> 192.0.2.10:30053/udp: pod1:53 or pod5:53, masqueraded",
    "B-109 pod1 -> 192.0.2.10:30053/sctp: pod1:53 or pod5:53, masqueraded",
    "B-081 node -> 192.0.2.10:30053/udp: pod1:53 or pod5:53, masqueraded",
    "B-081 node -> 192.0.2.10:30053/sctp: pod1:53 or pod5:53, masqueraded",
  ],
  "kubia-nodeport": [
    "B-075 client -> 192.0.2.10:30123/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded",
    "B-073 pod3 -> 10.96.0.11:80/tcp: pod1:8080 or pod2:8080 or pod5:8080",
  ],
  frontend: [
    "B-043 client -> 192.0.2.10:30001/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-043 client -> 192.0.2.10:30002/tcp: pod2:9090 or pod6:9090 or pod7:9090, masqueraded",
    "B-043 pod3 -> 10.96.0.10:8001/tcp: pod1:8080 or pod5:8080",
    "B-043 pod3 -> 10.96.0.10:8002/tcp: pod2:9090 or pod6:9090 or pod7:9090",
  ],
  counters: [
    "W-29 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "W-29 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
  ],
};
