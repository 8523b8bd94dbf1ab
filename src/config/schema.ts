import * as z from "zod";
import { Unchecked } from "../decode/part.ts";
import {
  BindAddress,
  duration,
  FeatureGates,
  flag,
  int32,
  integer,
  listenField,
  NodePortAddresses,
  period,
  text,
} from "./fields.ts";

const seconds = 1000;
const minutes = 60 * seconds;

/** The bit of the packet mark that requests masquerading. */
export const MasqueradeBit = integer(0, 31, 14);

/** Zero means the default of qps and burst. */
const clientConnection = {
  kubeconfig: text,
  acceptContentTypes: text,
  contentType: text,
  qps: z
    .number()
    .default(5)
    .transform((qps) => qps || 5),
  burst: integer(0, int32, 10).transform((burst) => burst || 10),
};

/** kube-proxy pauses for a second between syncs, because each is expensive. Here a change is cheap, so there is no pause. */
const minSyncPeriod = duration(0);

const iptables = {
  masqueradeBit: MasqueradeBit,
  masqueradeAll: flag,
  localhostNodePorts: z.boolean().default(true),
  syncPeriod: period(30 * seconds),
  minSyncPeriod,
};

/** The rest of this section is only about IPVS. */
const ipvs = {
  syncPeriod: period(30 * seconds),
  minSyncPeriod,
  scheduler: Unchecked,
  excludeCIDRs: Unchecked,
  strictARP: Unchecked,
  tcpTimeout: Unchecked,
  tcpFinTimeout: Unchecked,
  udpTimeout: Unchecked,
};

/** The bit is read later, as only this mode checks it. */
const nftables = {
  masqueradeBit: Unchecked,
  masqueradeAll: flag,
  syncPeriod: period(30 * seconds),
  minSyncPeriod,
};

const detectLocal = { bridgeInterface: text, interfaceNamePrefix: text };

/** Defaults depend on the host, see daemon/sysctls.ts. */
const conntrack = {
  maxPerCore: given(integer(0, int32, 0)),
  min: given(integer(0, int32, 0)),
  tcpEstablishedTimeout: given(duration(0)),
  tcpCloseWaitTimeout: given(duration(0)),
  tcpBeLiberal: flag,
  udpTimeout: duration(0),
  udpStreamTimeout: duration(0),
};

const winkernel = {
  networkName: Unchecked,
  sourceVip: Unchecked,
  enableDSR: Unchecked,
  rootHnsEndpointName: Unchecked,
  forwardHealthCheckVip: Unchecked,
};

/** The sections of the file and their fields, to recognize unknown ones. */
export const sections = { clientConnection, iptables, ipvs, nftables, detectLocal, conntrack, winkernel };

const Mode = z.enum(["iptables", "ipvs", "nftables"]);

const DetectLocalMode = z.enum(["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]);

/** Undefined if it is missing or null. */
function given<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.preprocess((value) => value ?? undefined, schema.optional());
}

/** Undefined if it is missing or empty, which is the same to Go. */
function optional<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return z.preprocess((value) => value || undefined, schema.optional());
}

function section<S extends z.ZodRawShape>(fields: S) {
  return z.preprocess((value) => value ?? {}, z.object(fields));
}

/** kubeproxy.config.k8s.io/v1alpha1: the fields of the file with their defaults, as kube-proxy 1.36 has them. */
export const KubeProxyConfiguration = z.object({
  apiVersion: Unchecked,
  kind: Unchecked,
  featureGates: FeatureGates,
  clientConnection: section(clientConnection),
  logging: Unchecked,
  hostnameOverride: text,
  bindAddress: BindAddress,
  healthzBindAddress: listenField(10256),
  metricsBindAddress: listenField(10249),
  bindAddressHardFail: flag,
  enableProfiling: flag,
  showHiddenMetricsForVersion: text,
  mode: optional(Mode),
  iptables: section(iptables),
  ipvs: section(ipvs),
  nftables: section(nftables),
  winkernel: Unchecked,
  windowsRunAsService: Unchecked,
  detectLocalMode: optional(DetectLocalMode).transform((mode) => mode ?? "ClusterCIDR"),
  detectLocal: section(detectLocal),
  clusterCIDR: text,
  nodePortAddresses: NodePortAddresses,
  oomScoreAdj: integer(-1000, 1000, -999),
  conntrack: section(conntrack),
  configSyncPeriod: period(15 * minutes),
  portRange: Unchecked,
});
export type KubeProxyConfiguration = z.infer<typeof KubeProxyConfiguration>;
