/** The commands of `ip -batch` that connect the namespaces and give everybody addresses and routes. */

import {
  addresses,
  externalCIDRs,
  familyOf,
  type Host,
  hostOf,
  interfaces,
  loadBalancerCIDRs,
  node,
  node2,
  node3,
  type Place,
  places,
  podGateways,
  serviceCIDRs,
} from "./world.ts";

/** Each local pod has its own route on the node, or all of them are ports of the bridge `cbr0`. */
export type PodNetwork = "routed" | "bridge";

/** Those who are connected by the switch in `outside`. */
const onSwitch: readonly Host[] = ["node", "node2", "node3", "client"];

const localPods = ["pod1", "pod2", "pod3", "pod4"] as const;

/**
 * The virtual cables, whose first end is up. The other is set up where it is plugged in: then the cable has its carrier
 * at once, and the kernel does not put off telling the bridge about it (for up to a second). To be run in any of the
 * namespaces, which are given by a process in each.
 */
export function cables(hosts: readonly Host[], pid: (host: Host) => number): string {
  const cable = (host: Host, name: string, peer: Host, peerName: string): string =>
    `link add ${name} up netns ${pid(host)} type veth peer name ${peerName} netns ${pid(peer)}`;
  return lines(
    ...hosts
      .filter((host) => onSwitch.includes(host))
      .map((host) => cable(host, interfaces.uplink, "outside", `to-${host}`)),
    cable("node", interfaces.lan, "outside", "lan"),
    ...localPods.map((pod) => cable(pod, "eth0", "node", interfaces.pod(pod))),
  );
}

/** What is to be set up inside a namespace once the cables are there. */
export function setup(host: Host, hosts: readonly Host[], podNetwork: PodNetwork): string {
  switch (host) {
    case "outside":
      return lines("link set lo up", "link set lan up", ...outside(hosts));
    case "node":
      return lines("link set lo up", ...nodeLinks, ...(podNetwork === "routed" ? routedPods : bridgedPods));
    case "node2":
      return lines(
        "link set lo up",
        ...uplink("node2"),
        ...remotePods("node2"),
        ...via(node, behindNode),
        ...toPods(node3),
      );
    case "node3":
      return lines(
        "link set lo up",
        ...uplink("node3"),
        ...remotePods("node3"),
        ...via(node, behindNode),
        ...toPods(node2),
      );
    case "client":
      return lines("link set lo up", ...uplink("client"), ...via(node, behindNode), ...toPods(node2), ...toPods(node3));
    default:
      return lines("link set lo up", ...localPod(host));
  }
}

const lanCIDRs = ["172.16.0.0/24", "2001:db8:172::/64"];
const behindNode = [...node.podCIDRs, ...serviceCIDRs, ...loadBalancerCIDRs, ...externalCIDRs, ...lanCIDRs];

// The bridges have a fixed link address: they would take that of a port, and then packets to the bridge and packets to
// the port look the same.

function outside(hosts: readonly Host[]): readonly string[] {
  return [
    "link add br0 address 02:00:00:00:00:01 type bridge mcast_snooping 0",
    "link set br0 up",
    ...hosts
      .filter((host) => onSwitch.includes(host))
      .flatMap((host) => [`link set to-${host} up`, `link set to-${host} master br0`]),
    ...place("outside", "br0"),
    ...via(node, [...node.podCIDRs, ...lanCIDRs]),
    ...toPods(node2),
    ...toPods(node3),
  ];
}

const nodeLinks: readonly string[] = [
  ...uplink("node"),
  ...addresses.node
    .filter(isLan)
    .map((address) => `address add ${address}/${prefix(address)} dev ${interfaces.lan} nodad`),
  ...toPods(node2),
  ...toPods(node3),
];

const routedPods: readonly string[] = localPods.flatMap((pod) => {
  const dev = `dev ${interfaces.pod(pod)}`;
  return [
    `link set ${interfaces.pod(pod)} up`,
    ...podGateways.map((address) => `address add ${address}/${whole(address)} ${dev} nodad`),
    ...addresses[pod].map((address) => `route add ${address} ${dev}`),
  ];
});

const bridgedPods: readonly string[] = [
  `link add ${interfaces.bridge} address 02:00:00:00:00:02 type bridge mcast_snooping 0`,
  `link set ${interfaces.bridge} up`,
  ...localPods.flatMap((pod) => [
    `link set ${interfaces.pod(pod)} up`,
    `link set ${interfaces.pod(pod)} master ${interfaces.bridge}`,
  ]),
  ...podGateways.map((address) => `address add ${address}/${prefix(address)} dev ${interfaces.bridge} nodad`),
];

/** Everything goes through the gateway, even to a neighbour on the same bridge: so the node sees replies too. */
function localPod(pod: Place): readonly string[] {
  return [
    ...addresses[pod].map((address) => `address add ${address}/${whole(address)} dev eth0 nodad`),
    ...podGateways.flatMap((gateway) => [`route add ${gateway} dev eth0`, `route add default via ${gateway} dev eth0`]),
  ];
}

function remotePods(host: "node2" | "node3"): readonly string[] {
  return places
    .filter((pod) => pod !== host && hostOf(pod) === host)
    .flatMap((pod) => addresses[pod].map((address) => `address add ${address}/${whole(address)} dev lo nodad`));
}

/** Addresses on the outside link, and the default route, with the first address as its source. */
function uplink(name: "node" | "node2" | "node3" | "client"): readonly string[] {
  return [
    ...place(name, interfaces.uplink),
    ...addresses.outside.map((gateway) => `route add default via ${gateway} src ${first(name, gateway)}`),
  ];
}

/** The first address of a family is preferred: without that, the kernel calls from whichever IPv6 address it likes. */
function place(name: Place, device: string): readonly string[] {
  return addresses[name]
    .filter((address) => !isLan(address))
    .map((address) => {
      const preference = familyOf(address) === 4 || address === first(name, address) ? "" : " preferred_lft 0";
      return `address add ${address}/${prefix(address)} dev ${device} nodad${preference}`;
    });
}

function toPods(gateway: typeof node2 | typeof node3): readonly string[] {
  return via(gateway, gateway.podCIDRs);
}

function via(gateway: { readonly ipv4: string; readonly ipv6: string }, cidrs: readonly string[]): readonly string[] {
  return cidrs.map((cidr) => `route add ${cidr} via ${familyOf(cidr) === 4 ? gateway.ipv4 : gateway.ipv6}`);
}

function isLan(address: string): boolean {
  return address.startsWith("172.16.0.") || address.startsWith("2001:db8:172::");
}

function first(name: Place, other: string): string {
  return addresses[name].find((address) => familyOf(address) === familyOf(other)) ?? "";
}

function prefix(address: string): number {
  return familyOf(address) === 4 ? 24 : 64;
}

function whole(address: string): number {
  return familyOf(address) === 4 ? 32 : 128;
}

function lines(...commands: readonly string[]): string {
  return `${commands.join("\n")}\n`;
}
