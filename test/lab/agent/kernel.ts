/** Settings of a new network namespace. They must be made before it has interfaces, which copy the defaults. */

import { writeFileSync } from "node:fs";
import type { Host } from "../world.ts";

export function prepareKernel(host: Host): void {
  for (const [path, value] of host.startsWith("node") ? [...forwarding, ...settings] : settings) {
    try {
      writeFileSync(`/proc/sys/net/${path}`, value);
    } catch (error) {
      if (!optional.has(path)) {
        throw new Error(`cannot set net/${path} to ${value} in a new network namespace`, { cause: error });
      }
    }
  }
}

/** First, as a change of these resets some of the others. */
const forwarding: readonly Setting[] = [
  ["ipv4/ip_forward", "1"],
  ["ipv6/conf/all/forwarding", "1"],
];

type Setting = readonly [path: string, value: string];

const settings: readonly Setting[] = [
  // Replies may come by another way than the requests went.
  ["ipv4/conf/all/rp_filter", "0"],
  ["ipv4/conf/default/rp_filter", "0"],
  // The node sends packets out where they came in. Hosts must not be told of shorter ways.
  ["ipv4/conf/all/send_redirects", "0"],
  ["ipv4/conf/default/send_redirects", "0"],
  ["ipv6/conf/all/accept_redirects", "0"],
  ["ipv6/conf/default/accept_redirects", "0"],
  // IPv6 addresses are to be usable at once.
  ["ipv6/conf/all/disable_ipv6", "0"],
  ["ipv6/conf/default/disable_ipv6", "0"],
  ["ipv6/conf/all/accept_dad", "0"],
  ["ipv6/conf/default/accept_dad", "0"],
  ["ipv6/conf/default/accept_ra", "0"],
  // By default a host is told of one ICMP error a second: the second refusal would look like a drop.
  ["ipv4/icmp_ratelimit", "0"],
  ["ipv6/icmp/ratelimit", "0"],
  ["ipv4/icmp_msgs_per_sec", "1000000"],
  ["ipv4/icmp_msgs_burst", "1000000"],
  // Where the kernel shows bridged packets to the rules of the IP layer, those of `outside` would meet them.
  ["bridge/bridge-nf-call-iptables", "0"],
  ["bridge/bridge-nf-call-ip6tables", "0"],
];

/** Not in every kernel, or not for every namespace. */
const optional: ReadonlySet<string> = new Set([
  "ipv4/icmp_msgs_per_sec",
  "ipv4/icmp_msgs_burst",
  "bridge/bridge-nf-call-iptables",
  "bridge/bridge-nf-call-ip6tables",
]);
