/** What KubeProxyConfiguration says about conntrack; times in ms. Zero means: leave it as it is. */
export type ConntrackConfig = {
  readonly maxPerCore: number;
  readonly min: number;
  readonly tcpEstablishedTimeout: number;
  readonly tcpCloseWaitTimeout: number;
  readonly tcpBeLiberal: boolean;
  readonly udpTimeout: number;
  readonly udpStreamTimeout: number;
};

/** A value that is to be under `net.netfilter`. */
export type Sysctl = { readonly name: string; readonly value: number };

/** The sysctls that the configuration asks for on a host with so many processors. */
export function conntrackSysctls(config: ConntrackConfig, processors: number): readonly Sysctl[] {
  const max = conntrackMax(config, processors);
  const seconds = (name: string, milliseconds: number): readonly Sysctl[] =>
    milliseconds > 0 ? [{ name, value: Math.max(1, Math.floor(milliseconds / 1000)) }] : [];
  return [
    ...(max === undefined ? [] : [{ name: "nf_conntrack_max", value: max }]),
    ...seconds("nf_conntrack_tcp_timeout_established", config.tcpEstablishedTimeout),
    ...seconds("nf_conntrack_tcp_timeout_close_wait", config.tcpCloseWaitTimeout),
    ...(config.tcpBeLiberal ? [{ name: "nf_conntrack_tcp_be_liberal", value: 1 }] : []),
    ...seconds("nf_conntrack_udp_timeout", config.udpTimeout),
    ...seconds("nf_conntrack_udp_timeout_stream", config.udpStreamTimeout),
  ];
}

/**
 * How many connections the kernel is to follow at most: so many for each processor, up to about a million, and never
 * less than `min`. Undefined: as many as it does.
 */
function conntrackMax({ maxPerCore, min }: ConntrackConfig, processors: number): number | undefined {
  return maxPerCore > 0 ? Math.max(min, Math.min(maxPerCore * processors, 1048576)) : undefined;
}

/** The size that the kernel's hash table of connections is to be raised to, so that its lists stay short. */
export function conntrackBuckets(max: number, current: number): number | undefined {
  const least = Math.floor(max / 4);
  return current < least ? least : undefined;
}
