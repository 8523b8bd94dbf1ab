import type { Table } from "../row.ts";

/** Which of the node's addresses serve NodePorts. On the others its own processes answer. */
export const nodePortAddresses: Table = {
  "node-port-addresses-all": [
    "B-134, B-139 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-139 client -> 192.0.2.11:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-139 client -> 172.16.0.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-139 pod2 -> 10.244.1.1:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-139 node -> 192.0.2.11:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-139 client -> [2001:db8:2::11]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-139 pod2 -> [fd00:10:244:1::1]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-139 node -> [2001:db8:172::10]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-082, B-139 node -> 127.0.0.1:30080/tcp: refused",
    "B-082, B-139 node -> [::1]:30080/tcp: refused",
    "B-139 pod2 -> 192.0.2.20:30080/tcp: node2:30080",
    "B-085 client -> 192.0.2.11:30080/udp: left alone",
  ],
  "node-port-addresses-cidrs": [
    "B-132, B-135 client -> 172.16.0.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-132, B-135 client -> [2001:db8:172::10]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-081, B-135 node -> 172.16.0.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-135 client -> 192.0.2.10:30080/tcp: left alone",
    "B-135 client -> [2001:db8:2::10]:30080/tcp: left alone",
    "B-082, B-136 node -> 127.0.0.1:30080/tcp: refused",
  ],
  "node-port-addresses-localhost": [
    "D-01 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "D-01 node -> [2001:db8:2::10]:30007/udp: pod1:8080 or pod5:8080, masqueraded",
    "D-02 node -> 127.0.0.1:30080/tcp: refused",
    "D-03 node -> 127.0.0.1:30007/udp: refused",
    "D-03 node -> [::1]:30007/udp: refused",
    "D-03 node -> 127.0.0.1:30008/udp: refused",
  ],
  "node-port-addresses-of-one-family": [
    "B-135 client -> 172.16.0.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-135 client -> 192.0.2.10:30080/tcp: left alone",
    "B-133 client -> [2001:db8:2::10]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-133 client -> [2001:db8:2::11]:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-082, B-133 node -> [::1]:30080/tcp: refused",
  ],
  "node-port-addresses-primary": [
    "B-131 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-131 client -> 192.0.2.11:30080/tcp: left alone",
    "W-14 client -> [2001:db8:2::10]:30080/tcp: left alone",
    "W-14 pod2 -> [2001:db8:2::11]:30080/tcp: left alone",
    "W-14 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080",
  ],
  "node-port-addresses-without-match": [
    "B-135, W-16 client -> 192.0.2.10:30080/tcp: left alone",
    "B-135, W-16 client -> [2001:db8:2::10]:30080/tcp: left alone",
    "B-135, W-16 node -> 172.16.0.10:30080/tcp: left alone",
    "B-073 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
  ],
  "node-unknown": [
    "B-131 client -> 192.0.2.10:30080/tcp: left alone",
    "B-073 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
  ],
};
