/** The fixtures of which `rules/` has the text for iptables-restore, too: one of each kind. */
export const iptablesCases = [
  { fixture: "cluster-ip-dual-stack", output: "ip6tables" },
  { fixture: "demo", output: "iptables" },
  { fixture: "deny-source-ranges", output: "iptables" },
  { fixture: "detect-local-cluster-cidrs", output: "ip6tables" },
  { fixture: "endpoints-none", output: "iptables" },
  { fixture: "external-traffic-policy-local-none-here", output: "iptables" },
  { fixture: "kubia", output: "iptables" },
  { fixture: "node-port-addresses-all", output: "iptables" },
  { fixture: "node-port-source-ranges", output: "ip6tables" },
  { fixture: "service-cidrs", output: "iptables" },
  { fixture: "source-ranges-no-endpoints", output: "iptables" },
  { fixture: "topology-external-traffic", output: "iptables" },
] as const;
