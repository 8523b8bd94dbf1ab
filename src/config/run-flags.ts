/** A command-line flag of kube-proxy, as `kube-nft run` takes it. */
export type RunFlag = {
  readonly name: string;
  readonly kind: FlagKind;
  /** Undefined if the flag is accepted without effect; the help does not show it. */
  readonly description: string | undefined;
  /** The default, for the help. */
  readonly default: string | undefined;
  /** The equivalent field of a configuration file; undefined if the flag has no effect. */
  readonly field: (mode: Mode) => string | undefined;
};

/** How the text of a flag is converted to the value of a field. `period`: a duration that must not be zero. */
export type FlagKind = "text" | "address" | "port" | "number" | "boolean" | "duration" | "period" | "list";

/** The mode of kube-proxy whose settings are used. */
export type Mode = "nftables" | "iptables" | "ipvs";

/** The placeholder for the flag's value in the help; in brackets if the value may be omitted. */
export const flagArguments: Readonly<Record<FlagKind, string>> = {
  text: "<text>",
  address: "<ip:port>",
  port: "<port>",
  number: "<number>",
  boolean: "[bool]",
  duration: "<duration>",
  period: "<duration>",
  list: "<list>",
};

/**
 * The flags of kube-proxy 1.36 on Linux that configure it, in the order of the help. Those that choose what to do, such as
 * `--config`, belong to the command.
 */
export const runFlags: readonly RunFlag[] = [
  flag("hostname-override", "text", "hostnameOverride", "this node's name", "the host name"),
  flag("kubeconfig", "text", "clientConnection.kubeconfig", "how to reach the API server", "as a pod of its cluster"),
  flag("kube-api-content-type", "text", "clientConnection.contentType", "no effect: requests are in JSON"),
  flag("kube-api-qps", "number", "clientConnection.qps", "no effect: there are few requests"),
  flag("kube-api-burst", "number", "clientConnection.burst", "no effect: there are few requests"),
  flag("bind-address", "text", "bindAddress", "replaces the Node's address of its family", "0.0.0.0"),
  flag("bind-address-hard-fail", "boolean", "bindAddressHardFail", "exit if a port cannot be bound", "false"),
  flag("healthz-bind-address", "address", "healthzBindAddress", "serves health; empty: none", "0.0.0.0:10256"),
  flag("healthz-port", "port", "healthzBindAddress", "if the address has no port; 0: none", "10256"),
  flag("metrics-bind-address", "address", "metricsBindAddress", "serves metrics", "127.0.0.1:10249"),
  flag("metrics-port", "port", "metricsBindAddress", "if the address has no port", "10249"),
  flag("profiling", "boolean", "enableProfiling", "no effect: there is no profiling"),
  flag("proxy-mode", "text", "mode", "the mode whose defaults and settings apply", "nftables"),
  flag("detect-local-mode", "text", "detectLocalMode", "how this node's pods are recognized", "ClusterCIDR"),
  flag("cluster-cidr", "text", "clusterCIDR", "the networks of pods, for the mode ClusterCIDR"),
  flag("pod-bridge-interface", "text", "detectLocal.bridgeInterface", "for the mode BridgeInterface"),
  flag("pod-interface-name-prefix", "text", "detectLocal.interfaceNamePrefix", "for the mode InterfaceNamePrefix"),
  flag(
    "nodeport-addresses",
    "list",
    "nodePortAddresses",
    "primary, localhost, all, or networks whose addresses serve NodePorts",
    "primary",
  ),
  flag("feature-gates", "text", "featureGates", "AllowServiceExternalIPs=false switches external IPs off"),
  flag("masquerade-all", "boolean", masqueradeAll, "masquerade all connections to ClusterIPs", "false"),
  flag("iptables-sync-period", "period", syncField("syncPeriod"), "unhealthy once a change waits for two", "30s"),
  flag("iptables-min-sync-period", "duration", syncField("minSyncPeriod"), "the least time between syncs", "0s"),
  flag("config-sync-period", "period", "configSyncPeriod", "no effect: objects are watched"),
  flag("oom-score-adj", "number", "oomScoreAdj", "the oom_score_adj of the process", "-999"),
  flag("conntrack-max-per-core", "number", "conntrack.maxPerCore", "connections per CPU; 0: as it is", "32768"),
  flag("conntrack-min", "number", "conntrack.min", "connections at least", "131072"),
  flag("conntrack-tcp-timeout-established", "duration", "conntrack.tcpEstablishedTimeout", "0: as it is", "24h"),
  flag("conntrack-tcp-timeout-close-wait", "duration", "conntrack.tcpCloseWaitTimeout", "0: as it is", "1h"),
  flag(
    "conntrack-tcp-be-liberal",
    "boolean",
    "conntrack.tcpBeLiberal",
    "accept TCP packets outside the window",
    "false",
  ),
  flag("conntrack-udp-timeout", "duration", "conntrack.udpTimeout", "0: as it is", "0s"),
  flag("conntrack-udp-timeout-stream", "duration", "conntrack.udpStreamTimeout", "0: as it is", "0s"),
  flag("iptables-masquerade-bit", "number", masqueradeBit, "the bit of the mark, in the modes iptables and ipvs", "14"),
  flag("ipvs-sync-period", "period", ipvsField("syncPeriod"), "as --iptables-sync-period, in the mode ipvs", "30s"),
  flag("ipvs-min-sync-period", "duration", ipvsField("minSyncPeriod"), "in the mode ipvs", "0s"),
  ...[
    "show-hidden-metrics-for-version",
    "ipvs-scheduler",
    "ipvs-tcp-timeout",
    "ipvs-tcpfin-timeout",
    "ipvs-udp-timeout",
    "boot-id-file",
    "machine-id-file",
    "logging-format",
    "log-flush-frequency",
    "log-json-info-buffer-size",
    "log-text-info-buffer-size",
    "vmodule",
  ].map((name) => withoutEffect(name, "text")),
  ...["iptables-localhost-nodeports", "ipvs-strict-arp", "log-json-split-stream", "log-text-split-stream"].map((name) =>
    withoutEffect(name, "boolean"),
  ),
  withoutEffect("ipvs-exclude-cidrs", "list"),
];

function flag(
  name: string,
  kind: FlagKind,
  field: string | RunFlag["field"],
  description: string,
  defaultValue?: string,
): RunFlag {
  return { name, kind, description, default: defaultValue, field: typeof field === "string" ? () => field : field };
}

function withoutEffect(name: string, kind: FlagKind): RunFlag {
  return { name, kind, description: undefined, default: undefined, field: () => undefined };
}

/** They apply to every mode except ipvs, whatever their names say. */
function syncField(name: string): RunFlag["field"] {
  return (mode) => (mode === "ipvs" ? undefined : `${mode}.${name}`);
}

function ipvsField(name: string): RunFlag["field"] {
  return (mode) => (mode === "ipvs" ? `ipvs.${name}` : undefined);
}

/** The mode ipvs reads these from the section of iptables. */
function masqueradeAll(mode: Mode): string {
  return mode === "nftables" ? "nftables.masqueradeAll" : "iptables.masqueradeAll";
}

function masqueradeBit(mode: Mode): string | undefined {
  return mode === "nftables" ? undefined : "iptables.masqueradeBit";
}
