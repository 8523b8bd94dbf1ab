import type { Table } from "../row.ts";

/** What is counted is refused and dropped as ever; `refusals.test.ts` looks at the counts. */
export const refusals: Table = {
  refusals: [
    "W-29 client -> 10.96.0.20:80/tcp: refused",
    "W-29 pod2 -> 10.96.0.20:53/udp: refused",
    "W-29 client -> 192.0.2.10:30080/tcp: refused",
    "W-29 client -> 203.0.113.200:80/tcp: dropped",
    "W-29 client -> 192.0.2.10:30123/udp: dropped",
    "W-29 pod2 -> 203.0.113.200:80/tcp: pod6:8080",
    "W-29 client -> 203.0.113.201:80/tcp: dropped",
    "W-29 client (192.0.2.101) -> 203.0.113.201:80/tcp: pod1:8080, masqueraded",
    "W-29 client -> 10.96.0.10:81/tcp: refused",
    "W-29 client -> 10.96.0.10/icmp: refused",
    "W-29 client -> [fd00:10:96::20]:80/tcp: refused",
    "W-29 client -> [2001:db8:203::200]:53/udp: dropped",
    "W-29 client -> [2001:db8:203::201]:53/udp: dropped",
    "W-29 client -> [2001:db8:2::10]:30001/tcp: pod1:8080, masqueraded",
  ],
};
