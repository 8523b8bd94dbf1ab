import type { Table } from "../row.ts";

/** loadBalancerSourceRanges. The client calls from 192.0.2.100 unless it says otherwise. */
export const sourceRanges: Table = {
  "source-ranges": [
    "B-143 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-143 client (192.0.2.103) -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-093, B-146 client (192.0.2.104) -> 203.0.113.200:80/tcp: dropped",
    "B-145 pod2 -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-145, B-146 pod3 -> 203.0.113.200:80/tcp: dropped",
    "B-145, B-098 node -> 203.0.113.200:80/tcp: dropped",
    "B-146 node2 -> 203.0.113.200:80/tcp: dropped",
    "B-144 client (192.0.2.104) -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-144 client (192.0.2.104) -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-144 client (192.0.2.104) -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-144 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-144 client (192.0.2.104) -> 203.0.113.200:81/tcp: left alone",
    "B-144 client (192.0.2.104) -> 203.0.113.200:80/udp: left alone",
    "B-088 client (192.0.2.104) -> 203.0.113.200/icmp: left alone",
  ],
  "source-ranges-no-endpoints": [
    "B-093, B-151 client -> 203.0.113.200:80/tcp: refused",
    "B-093, B-151 client (192.0.2.104) -> 203.0.113.200:80/tcp: dropped",
    "B-093 node -> 203.0.113.200:80/tcp: dropped",
    "B-151 client (192.0.2.104) -> 10.96.0.10:80/tcp: refused",
  ],
  "source-ranges-of-node-ip": [
    "B-145, B-147 node -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-147 node (172.16.0.10) -> 203.0.113.200:80/tcp: dropped",
    "B-146 client -> 203.0.113.200:80/tcp: dropped",
    "B-146 pod2 -> 203.0.113.200:80/tcp: dropped",
  ],
  "source-ranges-of-other-family": [
    "B-143 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-148, W-12 client -> [2001:db8:203::200]:80/tcp: dropped",
    "B-148, W-12 node -> [2001:db8:203::200]:80/tcp: dropped",
    "B-144 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080",
  ],
  "source-ranges-zero-length": [
    "B-033 client -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-033 pod2 -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-143 client -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-145 node -> [2001:db8:203::200]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-146 pod2 -> [2001:db8:203::200]:80/tcp: dropped",
  ],
  "source-ranges-invalid": [
    "W-12 client -> 203.0.113.200:80/tcp: dropped",
    "W-12 node -> 203.0.113.200:80/tcp: dropped",
    "B-144 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "source-ranges-many": [
    "B-143 node (192.0.2.11) -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-143 node (192.0.2.11) -> 203.0.113.200:443/tcp: pod1:8443 or pod5:8443, masqueraded",
    "B-143 node (192.0.2.11) -> 203.0.113.200:9016/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-146 client -> 203.0.113.200:9016/tcp: dropped",
    "B-146 node -> 203.0.113.200:80/tcp: dropped",
    "B-146 node2 -> 203.0.113.200:443/tcp: dropped",
    "B-146 client -> 203.0.113.200:80/tcp: dropped",
  ],
};
