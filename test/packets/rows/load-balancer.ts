import type { Table } from "../row.ts";

/** Load balancer IPs and external IPs, under externalTrafficPolicy Cluster: everybody is masqueraded. */
export const loadBalancer: Table = {
  "load-balancer": [
    "B-074, B-109 client -> 203.0.113.200:50000/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod2 -> 203.0.113.200:50000/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod1 -> 203.0.113.200:50000/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-109 node -> 203.0.113.200:50000/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 node2 -> 203.0.113.200:50000/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-084 client -> 203.0.113.200:50001/tcp: left alone",
    "B-084 pod2 -> 203.0.113.200:50001/tcp: left alone",
    "B-084 client -> 203.0.113.200:50000/udp: left alone",
    "B-084 client -> 203.0.113.200:50000/sctp: left alone",
    "B-088 client -> 203.0.113.200/icmp: left alone",
    "B-074 client -> 203.0.113.200:30641/tcp: left alone",
    "B-075 client -> 192.0.2.10:30641/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-073 pod2 -> 10.96.0.10:50000/tcp: pod1:8080 or pod5:8080",
  ],
  "load-balancer-two-ports": [
    "B-074 client -> 203.0.113.200:60000/tcp: pod1:50000 or pod5:50000, masqueraded",
    "B-074 client -> 203.0.113.200:60001/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-074 client -> 192.0.2.10:31600/tcp: pod1:50000 or pod5:50000, masqueraded",
    "B-074 client -> 192.0.2.10:31601/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-084 client -> 203.0.113.200:80/tcp: left alone",
  ],
  "load-balancer-dual-stack": [
    "B-017 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-017 client -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod2 -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod1 -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081 node -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-084 client -> [2001:db8:203::200]:81/tcp: left alone",
    "B-025 client -> 192.0.2.10:30080/tcp: left alone",
  ],
  "load-balancer-ip-mode-proxy": [
    "B-020 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-020 client -> 203.0.113.201:80/tcp: left alone",
    "B-020 pod2 -> 203.0.113.201:80/tcp: left alone",
    "B-020 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "load-balancer-of-one-family": [
    "B-016 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-016 client -> [2001:db8:203::200]:80/tcp: left alone",
    "B-016 client -> [2001:db8:198::10]:80/tcp: left alone",
    "B-016 client -> [2001:db8:2::10]:30080/tcp: left alone",
  ],
  "load-balancer-on-node-ip": [
    "B-078 client -> 192.0.2.10:30080/tcp: pod1:8080, masqueraded",
    "B-078 node -> 192.0.2.10:30080/tcp: pod1:8080, masqueraded",
    "B-073 pod2 -> 10.96.0.11:80/tcp: pod5:8080",
  ],
  "load-balancer-on-own-endpoint": [
    "B-047 client -> 192.0.2.10:9100/tcp: node:9100",
    "B-047 pod2 -> 192.0.2.10:9100/tcp: node:9100",
    "B-047 node -> 192.0.2.10:9100/tcp: node:9100",
    "B-047 client -> 192.0.2.10:9101/tcp: node:9101",
    "B-047 client -> 10.96.0.10:9102/tcp: node:9101",
  ],
  "load-balancer-pending": [
    "B-030 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-030 client -> 203.0.113.200:80/tcp: left alone",
  ],
  "load-balancer-shared-ip": [
    "B-074 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-074 client -> 203.0.113.200:443/tcp: pod2:8443 or pod6:8443, masqueraded",
  ],
  "external-ips": [
    "B-014, B-074 client -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-109 pod2 -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081 node -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-084 client -> 198.51.100.10:81/tcp: left alone",
    "B-088 client -> 198.51.100.10/icmp: left alone",
  ],
  "external-ips-off": [
    "B-031 client -> 198.51.100.30:80/tcp: left alone",
    "B-031 client -> 203.0.113.30:80/tcp: pod1:8080, masqueraded",
    "B-031 pod2 -> 10.96.0.31:80/tcp: pod1:8080",
    "B-031 pod2 -> 10.96.0.30:80/tcp: refused",
  ],
  "external-ips-invalid": [
    "B-017, B-019 client -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-017 client -> [2001:db8:198::10]:80/tcp: left alone",
  ],
  "service-types-left-over": [
    "B-014 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-014 client -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-014 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
};
