import type { Table } from "../row.ts";

/** Each client stays with the endpoint that it had first. The client has ten addresses, and is ten clients. */
export const sessionAffinity: Table = {
  kubia: [
    "B-153 client -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> 10.96.0.10:90/tcp: pod1:9090 or pod2:9090 or pod5:9090, masqueraded, always the same",
    "B-153 pod3 -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, always the same",
    "B-153 pod4 -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, always the same",
    "B-153 pod1 -> 10.96.0.10:80/tcp: pod1:8080 masqueraded or pod2:8080 or pod5:8080, always the same",
    "B-153 node -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded, always the same",
    "B-094 client -> 10.96.0.10:81/tcp: refused",
  ],
  "session-affinity-by-interface": [
    "B-158 client -> 192.0.2.10:30080/tcp: pod1:8080, always the same",
    "B-158 pod2 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, always the same",
    "B-158 pod3 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, always the same",
    "B-158 pod4 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, always the same",
    "B-158 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-dual-stack": [
    "B-153 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> [2001:db8:2::10]:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, always the same",
    "B-153 pod1 -> [fd00:10:96::10]:80/tcp: pod1:8080 masqueraded or pod5:8080, always the same",
    "B-153 node -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 node -> [2001:db8:2::10]:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-external-traffic-policy-local": [
    "B-112, B-158 client -> 203.0.113.200:80/tcp: pod1:8080 or pod2:8080, always the same",
    "B-112, B-158 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod2:8080, always the same",
    "B-110, B-158 pod3 -> 203.0.113.200:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, always the same",
    "B-110, B-158 pod3 -> 192.0.2.10:30080/tcp: pod1:8080 or pod2:8080 or pod5:8080, always the same",
    "B-111, B-158 node -> 203.0.113.200:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded, always the same",
    "B-111, B-158 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> 10.96.0.10:80/tcp: pod1:8080 or pod2:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-external-traffic-policy-local-ipv6": [
    "B-112, B-158 client -> [2001:db8:203::200]:53/tcp: pod1:53 or pod2:53, always the same",
    "B-112, B-158 client -> [2001:db8:203::200]:53/udp: pod1:53 or pod2:53, always the same",
    "B-112, B-158 client -> [2001:db8:2::10]:30053/udp: pod1:53 or pod2:53, always the same",
    "B-110, B-158 pod3 -> [2001:db8:203::200]:53/tcp: pod1:53 or pod2:53 or pod5:53, always the same",
    "B-110, B-158 pod4 -> [2001:db8:2::10]:30053/udp: pod1:53 or pod2:53 or pod5:53, always the same",
    "B-111, B-158 node -> [2001:db8:203::200]:53/udp: pod1:53 or pod2:53 or pod5:53, masqueraded, always the same",
  ],
  "session-affinity-external-traffic-policy-local-none-here": [
    "B-091, B-158 client -> 203.0.113.200:80/tcp: dropped",
    "B-091, B-158 client -> 192.0.2.10:30080/tcp: dropped",
    "B-110, B-158 pod3 -> 203.0.113.200:80/tcp: pod5:8080 or pod6:8080, always the same",
    "B-111, B-158 node -> 192.0.2.10:30080/tcp: pod5:8080 or pod6:8080, masqueraded, always the same",
  ],
  "session-affinity-ipv6-hash": [
    "B-153 client -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, always the same",
    "B-153 node -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-load-balancer": [
    "B-153, B-157 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153, B-157 client -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153, B-157 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153, B-157 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-157 pod1 -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-131 client -> 192.0.2.11:30080/tcp: left alone",
  ],
  "session-affinity-no-endpoints": [
    "B-089 client -> 10.96.0.10:80/tcp: refused",
    "B-089 client -> 192.0.2.10:30080/tcp: refused",
  ],
  "session-affinity-node-port-addresses-all": [
    "B-139, B-153 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-139 client -> 192.0.2.11:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "session-affinity-node-port-overlaid": [
    "B-078 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-153 client -> 10.96.0.11:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-timeouts": [
    "B-153 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
    "B-153 client -> 10.96.0.11:80/tcp: pod1:8080 or pod5:8080, masqueraded, always the same",
  ],
  "session-affinity-udp": [
    "B-027, B-153 client -> 10.96.0.10:53/udp: pod1:53 or pod5:53, masqueraded, always the same",
    "B-027, B-153 client -> 10.96.0.10:53/sctp: pod1:53 or pod5:53, masqueraded, always the same",
    "B-027, B-153 pod2 -> 10.96.0.10:53/udp: pod1:53 or pod5:53, always the same",
    "B-027, B-153 node -> 10.96.0.10:53/sctp: pod1:53 or pod5:53, masqueraded, always the same",
  ],
};
