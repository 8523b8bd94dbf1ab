/**
 * The conntrack settings of KubeProxyConfiguration; times in ms. Zero: leave the value as it is. Undefined: the default.
 */
export type ConntrackConfig = {
  readonly maxPerCore?: number | undefined;
  readonly min?: number | undefined;
  readonly tcpEstablishedTimeout?: number | undefined;
  readonly tcpCloseWaitTimeout?: number | undefined;
  readonly tcpBeLiberal: boolean;
  readonly udpTimeout: number;
  readonly udpStreamTimeout: number;
};

/** A desired value under `net.netfilter`, and which of the host's values it replaces. */
export type Sysctl = { readonly name: string; readonly value: number; readonly replaces: Replaced };

/**
 * A configured value replaces any value. A default does not undo an administrator's choice: it replaces smaller values, or
 * the kernel's own default.
 */
export type Replaced = "any" | "less" | { readonly kernelDefault: number };

/** The sysctls that the configuration requests on a host with this number of processors. */
export function conntrackSysctls(config: ConntrackConfig, processors: number): readonly Sysctl[] {
  const { maxPerCore = 32768, min = 131072 } = config;
  // This many per processor, up to about a million, and never less than `min`.
  const max = Math.max(min, Math.min(maxPerCore * processors, 1048576));
  const seconds = (name: string, milliseconds: number): readonly Sysctl[] =>
    milliseconds > 0 ? [{ name, value: Math.max(1, Math.floor(milliseconds / 1000)), replaces: "any" }] : [];
  const timeout = (
    name: string,
    given: number | undefined,
    fallback: number,
    kernelDefault: number,
  ): readonly Sysctl[] =>
    given === undefined ? [{ name, value: fallback, replaces: { kernelDefault } }] : seconds(name, given);
  return [
    ...(maxPerCore > 0
      ? [{ name: "nf_conntrack_max", value: max, replaces: config.maxPerCore === undefined ? "less" : "any" } as const]
      : []),
    ...timeout("nf_conntrack_tcp_timeout_established", config.tcpEstablishedTimeout, 86_400, 432_000),
    ...timeout("nf_conntrack_tcp_timeout_close_wait", config.tcpCloseWaitTimeout, 3_600, 60),
    ...(config.tcpBeLiberal ? [{ name: "nf_conntrack_tcp_be_liberal", value: 1, replaces: "any" } as const] : []),
    ...seconds("nf_conntrack_udp_timeout", config.udpTimeout),
    ...seconds("nf_conntrack_udp_timeout_stream", config.udpStreamTimeout),
  ];
}

/** The new value of a sysctl; undefined if it stays. */
export function changedValue({ value, replaces }: Sysctl, current: number): number | undefined {
  const isReplaced = replaces === "any" || (replaces === "less" ? current < value : current === replaces.kernelDefault);
  return isReplaced && current !== value ? value : undefined;
}

/** The size to raise the kernel's hash table of connections to, so that its lists stay short. */
export function conntrackBuckets(max: number, current: number): number | undefined {
  const least = Math.floor(max / 4);
  return current < least ? least : undefined;
}
