import type { Family } from "../../../model/address.ts";
import { loopback } from "../../../model/cidr.ts";
import { protocols } from "../../../model/port.ts";
import type { Field, Rule, Statement } from "../../../nft/rule.ts";
import type { Chain, Hook } from "../../../nft/ruleset.ts";
import type { FamilySettings, NodePortAddresses } from "../../settings.ts";
import { forgetChain, rememberRules } from "./affinity.ts";
import { firewallChains } from "./firewall.ts";
import { allRefusals, type Refusal, refusalChain, refusals, refusalVerdict, refuseChainName } from "./refusals.ts";
import { frontendSets } from "./sets.ts";
import { twice } from "./twice.ts";

/**
 * The rules that are the same for every cluster. A packet meets, in this order:
 *
 *   prerouting or output, before DNAT   `firewall`: load balancer IPs drop sources outside their ranges
 *   prerouting or output, DNAT          `dispatch`: address frontends, then NodePorts, go to the chain of their shape
 *   prerouting or output, after DNAT    `remember`: session affinity
 *   input                               frontends without endpoints refuse or drop
 *   forward or output                   the same, and what is left of the ClusterIPs: undefined ports, free addresses
 *   postrouting                         `masquerading`
 */
export function program(
  family: Family,
  settings: ProgramSettings,
  { masqueradeMark, counters }: { readonly masqueradeMark: number; readonly counters: boolean },
): readonly Chain[] {
  const isNew: Statement = { kind: "ctState", state: "new" };
  const isTranslated: Statement = { kind: "ctStatus", status: "dnat" };
  // As in NAT chains, only the first packet of a flow, even if there is no answer.
  const isFirst: Statement = { kind: "ctStatus", not: true, status: "confirmed" };
  const onNodePortAddress = nodePortMatches(family, settings.nodePortAddresses);
  const addressNoEndpoints: Rule = [isNew, { kind: "vmap", key: frontend, map: addressSets.noEndpoints }];
  const nodePortNoEndpoints: Rule = [
    isNew,
    ...onNodePortAddress,
    { kind: "vmap", key: nodePort, map: nodePortSets.noEndpoints },
  ];
  // Before and after `slips`: while a packet is on its way, the last endpoint may be removed, or an older kernel may miss
  // an element.
  const untranslated = (noEndpoints: readonly Rule[]) => [...noEndpoints, [isNew, jump("slips")], ...noEndpoints];
  const end = (refusal: Refusal): Statement => refusalVerdict(refusal, counters);
  return [
    base("firewall-prerouting", filter("prerouting", beforeDNAT), [
      [isNew, jump("firewall")],
      [isNew, jump("firewall-more")],
    ]),
    base("firewall-output", filter("output", beforeDNAT), [
      [isNew, jump("firewall")],
      [isNew, jump("firewall-more")],
    ]),
    base("nat-prerouting", nat("prerouting", -100), [[jump("dispatch")]]),
    base("nat-output", nat("output", -100), [[jump("dispatch")]]),
    base("affinity-prerouting", filter("prerouting", afterDNAT), [[isNew, isTranslated, isFirst, jump("remember")]]),
    base("affinity-output", filter("output", afterDNAT), [[isNew, isTranslated, isFirst, jump("remember")]]),
    base("filter-input", filter("input", 0), [...untranslated([addressNoEndpoints, nodePortNoEndpoints]), stray]),
    base("filter-forward", filter("forward", 0), [
      ...untranslated([addressNoEndpoints]),
      [isNew, jump("cluster-ips-check")],
      stray,
    ]),
    base("filter-output", filter("output", 0), [
      ...untranslated([addressNoEndpoints, nodePortNoEndpoints]),
      [isNew, jump("cluster-ips-check")],
      ...(settings.nodePortAddresses.loopback ? twice([onLoopback(family, isNew)]) : []),
      stray,
    ]),
    base("nat-postrouting", nat("postrouting", 100), [[isNew, isTranslated, jump("masquerading")]]),
    ...protocols.map(forgetChain),
    { name: "remember", rules: protocols.flatMap(rememberRules) },
    ...(counters ? allRefusals.map(refusalChain) : []),
    settings.reject ? refuseChain : { name: refuseChainName, rules: [[{ kind: "drop" }]] },
    ...firewallChains(settings.sourceRanges, onNodePortAddress, counters),
    {
      name: "loopback",
      note: "NodePorts at the loopback address: the agent itself accepts TCP, and nobody the rest",
      rules: [[{ kind: "l4proto", protocol: "tcp" }, { kind: "return" }], [end(refusals.nodePort.loopback)]],
    },
    {
      name: "slips",
      note: "packets that came before the rules were there, or met them half changed: their clients try again in a moment",
      rules: [
        [isTranslated, { kind: "return" }],
        [{ kind: "member", key: frontend, set: addressSets.served }, end(refusals.address.slip)],
        [
          ...onNodePortAddress,
          { kind: "member", key: nodePort, set: nodePortSets.served },
          end(refusals.nodePort.slip),
        ],
      ],
    },
    {
      name: "strays",
      note: "TCP that conntrack finds invalid comes untranslated: neither it nor the resets that answer it end a connection",
      rules: [
        [{ kind: "member", key: frontend, set: addressSets.served }, { kind: "drop" }],
        [...onNodePortAddress, { kind: "member", key: nodePort, set: nodePortSets.served }, { kind: "drop" }],
        [isReset, { kind: "member", key: [{ kind: "daddr" }], set: podNetworks }, { kind: "drop" }],
        [
          isReset,
          { kind: "member", key: [{ kind: "daddr" }, { kind: "dport", protocol: "tcp" }], set: "host-endpoints" },
          { kind: "drop" },
        ],
      ],
    },
    {
      name: "cluster-ips-check",
      note: "ports that a ClusterIP does not have, ping included, and addresses that are no ClusterIP yet",
      rules: [
        [{ kind: "member", key: [{ kind: "daddr" }], set: "other-cluster-ips" }, { kind: "return" }],
        [{ kind: "member", key: [{ kind: "daddr" }], set: "cluster-ips" }, end(refusals.clusterIP.unknownPort)],
        [
          { kind: "member", key: [{ kind: "daddr" }], set: "service-cidrs" },
          { kind: "fib", field: "daddr", not: true, type: "local" },
          { kind: "drop" },
        ],
      ],
    },
    {
      name: "dispatch",
      note: "maps are looked up twice: older kernels may miss an element in the moment in which it is replaced",
      rules: twice([
        [{ kind: "vmap", key: frontend, map: addressSets.dispatch }],
        [...onNodePortAddress, { kind: "vmap", key: nodePort, map: nodePortSets.dispatch }],
      ]),
    },
    {
      name: "masquerading",
      note: "packets that a chain above marked, and endpoints that meet their own connection",
      rules: [
        [
          { kind: "markBit", mask: masqueradeMark },
          { kind: "clearMark", mask: masqueradeMark },
          { kind: "masquerade" },
        ],
        [{ kind: "member", key: [{ kind: "saddr" }, { kind: "daddr" }], set: "hairpin" }, { kind: "masquerade" }],
      ],
    },
  ];
}

export type ProgramSettings = Pick<FamilySettings, "nodePortAddresses" | "sourceRanges" | "reject">;

const refuseChain: Chain = {
  name: refuseChainName,
  note: "tell the client that nobody listens: a reset for TCP, ICMP port unreachable for the rest",
  rules: [
    [
      { kind: "l4proto", protocol: "tcp" },
      { kind: "reject", with: "tcp reset" },
    ],
    [{ kind: "reject" }],
  ],
};

/** These sets are the same for all protocols. */
const { tcp: addressSets } = frontendSets.address;
const { tcp: nodePortSets } = frontendSets.nodePort;

/** Just before `dstnat`, where packets still have the address that the client used. */
const beforeDNAT = -110;

/** Just after it, before routing, which may drop packets to an endpoint that is gone. */
const afterDNAT = -90;

/** Packets that conntrack finds invalid, except those that may begin a connection. */
const stray: Rule = [
  { kind: "ctState", state: "invalid" },
  { kind: "tcpFlag", flag: "syn", not: true },
  jump("strays"),
];
/** Where resets are dropped, as long as there are Services. */
export const podNetworks = "pod-networks";

const isReset: Statement = { kind: "tcpFlag", flag: "rst" };

const nodePort: readonly Field[] = [{ kind: "l4proto" }, { kind: "dport" }];
const frontend: readonly Field[] = [{ kind: "daddr" }, ...nodePort];

function nodePortMatches(family: Family, nodePorts: NodePortAddresses): Rule {
  if (!nodePorts.any) return [{ kind: "member", key: [{ kind: "daddr" }], set: "node-port-ips" }];
  return [
    { kind: "fib", field: "daddr", type: "local" },
    { kind: "address", field: "daddr", not: true, cidr: loopback[family] },
  ];
}

function onLoopback(family: Family, isNew: Statement): Rule {
  const isTo = { kind: "address", field: "daddr", cidr: loopback[family] } as const;
  return [isNew, isTo, { kind: "member", key: nodePort, set: nodePortSets.served }, jump("loopback")];
}

function base(name: string, hook: Hook, rules: readonly Rule[]): Chain {
  return { name, hook, rules };
}

function filter(hook: Hook["hook"], priority: number): Hook {
  return { type: "filter", hook, priority };
}

function nat(hook: Hook["hook"], priority: number): Hook {
  return { type: "nat", hook, priority };
}

function jump(chain: string): Statement {
  return { kind: "jump", chain };
}
