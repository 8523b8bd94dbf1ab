import { clusterIP, podIP, type Size } from "./synthetic.ts";

/**
 * The same cluster in a ruleset as a person would write it for this layout, with nothing but what a packet needs: what
 * the compiler's output is held against.
 */
export function handWrittenRuleset({ services, endpoints }: Size): string {
  const slots: string[] = [];
  const frontends: string[] = [];
  const ips: string[] = [];
  for (let index = 0; index < services; index++) {
    const ip = clusterIP(index);
    ips.push(ip);
    frontends.push(`${ip} . tcp . 80 : goto cluster-tcp-${endpoints}`);
    for (let slot = 0; slot < endpoints; slot++) {
      slots.push(`${ip} . 80 . ${slot} : ${podIP(index * endpoints + slot)} . 8080`);
    }
  }
  return `table ip kube-nft
delete table ip kube-nft
table ip kube-nft {
  map endpoints-tcp {
    typeof ip daddr . tcp dport . numgen random mod 65536 : ip daddr . tcp dport
    elements = { ${slots.join(",\n")} }
  }
  map services {
    typeof ip daddr . meta l4proto . th dport : verdict
    elements = { ${frontends.join(",\n")} }
  }
  set cluster-ips { typeof ip daddr; elements = { ${ips.join(",\n")} }; }
  chain cluster-tcp-${endpoints} {
    ip saddr != 10.128.0.0/9 meta mark set meta mark or 0x4000
    dnat ip to ip daddr . tcp dport . numgen random mod ${endpoints} map @endpoints-tcp
    dnat ip to ip daddr . tcp dport . numgen random mod 1 map @endpoints-tcp
  }
  chain refuse { meta l4proto tcp reject with tcp reset; reject; }
  chain dispatch { ip daddr . meta l4proto . th dport vmap @services; }
  chain forward { type filter hook forward priority 0; ct state new ip daddr @cluster-ips goto refuse; }
  chain output { type filter hook output priority 0; ct state new ip daddr @cluster-ips goto refuse; }
  chain nat-prerouting { type nat hook prerouting priority -100; jump dispatch; }
  chain nat-output { type nat hook output priority -100; jump dispatch; }
  chain nat-postrouting {
    type nat hook postrouting priority 100
    ct status dnat meta mark & 0x4000 == 0x4000 meta mark set meta mark & 0xffffbfff masquerade fully-random
  }
}
`;
}
