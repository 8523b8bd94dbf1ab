import type { Table } from "../row.ts";

/**
 * Who is masqueraded, by how the node tells its pods. Where nobody is, a pod on another node answers an outsider by
 * itself, from its own address, and the outsider takes that for silence.
 */
export const masquerade: Table = {
  "masquerade-all": [
    "B-105 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-105 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-105 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-110 pod2 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080",
    "B-112 client -> 192.0.2.10:30080/tcp: pod1:8080",
    "B-111 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "masquerade-bit": [
    "B-120 client -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-120 pod2 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-120 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-120 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
  ],
  "detect-local-none": [
    "B-106 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-106 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-106 client -> 10.96.0.10:80/tcp: pod1:8080 or dropped",
    "B-115 pod1 -> 10.96.0.10:80/tcp: pod1:8080 masqueraded or pod5:8080",
  ],
  "detect-local-cluster-cidr-of-other-family": [
    "B-104, B-121 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-104, B-121 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-106, B-122 node -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080",
    "B-106, B-122 client -> [fd00:10:96::10]:80/tcp: pod1:8080 or dropped",
  ],
  "detect-local-cluster-cidrs": [
    "B-104, W-19 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-104, W-19 pod8 -> 10.96.0.10:80/tcp: pod1:8080 or dropped",
    "B-104, W-19 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-104, W-19 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080",
    "B-104, W-19 pod8 -> [fd00:10:96::10]:80/tcp: pod1:8080 or dropped",
    "B-104, W-19 node -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "detect-local-node-cidr": [
    "B-123 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-123 pod8 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-123 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-123 pod2 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080",
    "B-123 pod8 -> [fd00:10:96::10]:80/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "detect-local-interface-name-prefix": [
    "B-125 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-125 pod8 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-125 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-126 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-126 node (10.244.1.1) -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-125 pod2 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080",
    "B-125 pod8 -> 192.0.2.10:30080/tcp: pod1:8080",
    "B-126 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
};

/** For a lab whose pods are behind a bridge. */
export const masqueradeBehindBridge: Table = {
  "detect-local-bridge-interface": [
    "B-124 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    "B-115, B-124 pod1 -> 10.96.0.10:80/tcp: pod1:8080 masqueraded or pod5:8080",
    "B-124 pod8 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-124 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-126 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    "B-124 pod2 -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080",
    "B-124 client -> 192.0.2.10:30080/tcp: pod1:8080",
    "B-126 node -> 192.0.2.10:30080/tcp: pod1:8080 or pod5:8080, masqueraded",
  ],
  "cluster-ip-hairpin": ["B-115 pod1 -> 10.96.0.10:80/tcp: pod1:8080, masqueraded"],
};
