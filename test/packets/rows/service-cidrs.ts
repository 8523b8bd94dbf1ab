import type { Table } from "../row.ts";

/** What is addressed to a ServiceCIDR, and to no Service. */
export const serviceCIDRs: Table = {
  "service-cidrs": [
    "B-095, B-169 client -> 10.96.0.11:80/tcp: dropped",
    "B-095, B-169 pod2 -> 10.96.0.11:80/udp: dropped",
    "B-095, B-098 node -> 10.96.0.11:80/tcp: dropped",
    "B-095, B-098 node -> 10.96.0.11:80/udp: dropped",
    "B-095 client -> 10.96.255.255:80/sctp: dropped",
    "B-095 pod2 -> 10.96.0.11/icmp: dropped",
    "B-095, B-169 client -> [fd00:10:96::11]:80/tcp: dropped",
    "B-095 pod2 -> [fd00:10:96::11]:80/udp: dropped",
    "B-095 node -> [fd00:10:96::11]/icmp: dropped",
    "B-168 client -> 10.96.0.10:81/tcp: refused",
    "B-168 pod2 -> [fd00:10:96::10]:81/tcp: refused",
    "B-073 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-073 client -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-169 client -> 203.0.113.1:80/tcp: left alone",
  ],
  "service-cidrs-overlapping": [
    "B-007, W-11 pod2 -> 10.97.0.1:80/tcp: dropped",
    "B-007, W-11 pod2 -> 10.96.200.1:80/tcp: dropped",
    "B-073 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
  ],
  "service-cidrs-around-the-node": [
    "B-169 node -> 172.16.0.10:9100/tcp: left alone",
    "B-169 node -> 172.16.0.10:9100/udp: left alone",
    "B-169 pod2 -> 172.16.0.10:9100/tcp: left alone",
    "B-169 node -> 172.16.0.11:9100/tcp: dropped",
    "B-169 pod2 -> 172.16.0.11:9100/tcp: dropped",
    "B-168 node -> 172.16.0.20:81/tcp: refused",
    "B-073 node -> 172.16.0.20:80/tcp: pod1:8080, masqueraded",
  ],
  "service-cidrs-empty": ["B-169 pod2 -> 10.96.0.10:80/tcp: dropped", "B-169 node -> 10.96.0.10:80/tcp: dropped"],
};
