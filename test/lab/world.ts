/**
 * The world that the lab builds, in numbers and names. Fixtures for packet tests are written against it.
 *
 *     client ──┐                    ┌── pod1 .. pod4   (a namespace each)
 *              ├── outside ── node ─┤
 *     node2 ───┤  (a switch         └── processes of the node itself
 *     pod5..pod8  and a router)
 *              │
 *     node3 ───┘  where it is wanted
 *     pod9, pod10
 */

export type Family = 4 | 6;

/** Somebody in the world who can open and answer connections. */
export type Place = (typeof places)[number];
export const places = [
  "node",
  "pod1",
  "pod2",
  "pod3",
  "pod4",
  "node2",
  "pod5",
  "pod6",
  "pod7",
  "pod8",
  "node3",
  "pod9",
  "pod10",
  "client",
  "outside",
] as const;

/** A network namespace. Remote pods are addresses of their node, as nothing but their address matters to `node`. */
export type Host = (typeof hosts)[number];
export const hosts = ["outside", "node", "node2", "node3", "client", "pod1", "pod2", "pod3", "pod4"] as const;

/** The Node under test, as its Kubernetes object should have it. */
export const node = {
  name: "node-1",
  ipv4: "192.0.2.10",
  ipv6: "2001:db8:2::10",
  podCIDRs: ["10.244.1.0/24", "fd00:10:244:1::/64"],
} as const;

/** Another node of the cluster, with pods of its own. */
export const node2 = {
  name: "node-2",
  ipv4: "192.0.2.20",
  ipv6: "2001:db8:2::20",
  podCIDRs: ["10.244.2.0/24", "fd00:10:244:2::/64"],
} as const;

/** A third one, in labs of three nodes. */
export const node3 = {
  name: "node-3",
  ipv4: "192.0.2.30",
  ipv6: "2001:db8:2::30",
  podCIDRs: ["10.244.3.0/24", "fd00:10:244:3::/64"],
} as const;

export const clusterCIDRs = ["10.244.0.0/16", "fd00:10:244::/48"] as const;
export const serviceCIDRs = ["10.96.0.0/16", "fd00:10:96::/112"] as const;

/**
 * Addresses for load balancers and externalIPs. The client routes them, and the service CIDRs, through the node.
 * The node has no idea of them: what it leaves alone goes to its default route, where `outside` answers for them.
 */
export const loadBalancerCIDRs = ["203.0.113.0/24", "2001:db8:203::/64"] as const;
export const externalCIDRs = ["198.51.100.0/24", "2001:db8:198::/64"] as const;

/** The gateway of the local pods. The node has these addresses too, on the pods' interfaces, as the CNI plugins do. */
export const podGateways = ["10.244.1.1", "fd00:10:244:1::1"] as const;

/** Addresses of each place. The first of a family is the one that it connects from when nothing else is said. */
export const addresses: Readonly<Record<Place, readonly string[]>> = {
  // On eth0 two of each family, on lan0 one.
  node: [node.ipv4, "192.0.2.11", "172.16.0.10", node.ipv6, "2001:db8:2::11", "2001:db8:172::10"],
  pod1: ["10.244.1.11", "fd00:10:244:1::11"],
  pod2: ["10.244.1.12", "fd00:10:244:1::12"],
  pod3: ["10.244.1.13", "fd00:10:244:1::13"],
  pod4: ["10.244.1.14", "fd00:10:244:1::14"],
  node2: [node2.ipv4, node2.ipv6],
  pod5: ["10.244.2.11", "fd00:10:244:2::11"],
  pod6: ["10.244.2.12", "fd00:10:244:2::12"],
  pod7: ["10.244.2.13", "fd00:10:244:2::13"],
  pod8: ["10.244.2.14", "fd00:10:244:2::14"],
  node3: [node3.ipv4, node3.ipv6],
  pod9: ["10.244.3.11", "fd00:10:244:3::11"],
  pod10: ["10.244.3.12", "fd00:10:244:3::12"],
  client: [
    ...range(100, 109).map((last) => `192.0.2.${last}`),
    ...range(100, 109).map((last) => `2001:db8:2::${last}`),
  ],
  outside: ["192.0.2.1", "2001:db8:2::1"],
};

/** Where the processes of a place run. */
export function hostOf(place: Place): Host {
  switch (place) {
    case "pod5":
    case "pod6":
    case "pod7":
    case "pod8":
      return "node2";
    case "pod9":
    case "pod10":
      return "node3";
    default:
      return place;
  }
}

/** Interfaces of the node: `veth-pod1` .. `veth-pod4`, or the bridge with the same four as its ports. */
export const interfaces = {
  uplink: "eth0",
  lan: "lan0",
  pod: (pod: string): string => `veth-${pod}`,
  podPrefix: "veth-",
  bridge: "cbr0",
} as const;

/** Every pod listens here, with TCP and UDP; SCTP is answered on every port. */
export const podPorts: readonly number[] = [53, 8080, 8443, 9090];

/** Pods send back what they get here, with TCP and UDP. */
export const echoPort = 7007;

/** `node` and `node2` listen here: endpoints with hostNetwork, and what the rules should leave alone. */
export const hostPorts: readonly number[] = [9100, 9101];

export function familyOf(address: string): Family {
  return address.includes(":") ? 6 : 4;
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
