import { part, type Report } from "../decode/part.ts";
import { quote, quoteField } from "../decode/quote.ts";
import { type Address, addressFamily } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import type { Problem } from "../model/problem.ts";
import { configDocument, unknownFields } from "./document.ts";
import { ClusterCIDR, InterfaceName, type ListenAddress, listenAddress, type NodePortRange } from "./fields.ts";
import { KubeProxyConfiguration, MasqueradeBit } from "./schema.ts";
import { reportWithoutEffect } from "./without-effect.ts";

/** The fields of KubeProxyConfiguration that matter to this proxy, with their defaults. Times are in ms. */
export type Config = {
  /** In lower case; empty means the host's name. */
  readonly hostnameOverride: string;
  /** Replaces the node IP of its family, unless it is unspecified. Nothing listens on it. */
  readonly bindAddress: Address;
  /** Undefined: there is no such server. A file cannot express that. */
  readonly healthzBindAddress: ListenAddress | undefined;
  readonly metricsBindAddress: ListenAddress | undefined;
  readonly bindAddressHardFail: boolean;
  readonly enableProfiling: boolean;
  readonly clientConnection: KubeProxyConfiguration["clientConnection"];
  /** From the section of the mode that the file selects. */
  readonly masqueradeBit: number;
  readonly masqueradeAll: boolean;
  readonly syncPeriod: number;
  readonly minSyncPeriod: number;
  readonly configSyncPeriod: number;
  readonly detectLocal: DetectLocalChoice;
  /** The networks of all pods, of both families. In modes other than ClusterCIDR, invalid networks are ignored. */
  readonly clusterCIDRs: readonly CIDR[];
  readonly nodePortAddresses: readonly NodePortRange[];
  /** Whether Services may have external IPs: the feature gate AllowServiceExternalIPs (KEP-5707). */
  readonly externalIPs: boolean;
  readonly conntrack: KubeProxyConfiguration["conntrack"];
  readonly oomScoreAdj: number;
};

/** How packets from this node's pods are recognized: by the networks in the file, by the Node's networks, or by interface. */
export type DetectLocalChoice =
  | { readonly kind: "ClusterCIDR" | "NodeCIDR" }
  | { readonly kind: "BridgeInterface"; readonly name: string }
  | { readonly kind: "InterfaceNamePrefix"; readonly prefix: string };

export type DecodedConfig = {
  /** Undefined if there are errors. */
  readonly config: Config | undefined;
  /** What is wrong with it, but does not prevent its use. */
  readonly problems: readonly Problem[];
  /** What has no effect, or a different effect than its author may expect. */
  readonly notes: readonly Problem[];
  readonly errors: readonly Problem[];
};

/**
 * The configuration in the text of a file: a KubeProxyConfiguration in YAML or JSON, or the ConfigMap that holds one, as
 * kubectl prints it. Unknown fields and fields given twice are problems, values that kube-proxy would refuse are errors.
 */
export function decodeConfig(text: string, file?: string): DecodedConfig {
  const problems: Problem[] = [];
  const notes: Problem[] = [];
  const errors: Problem[] = [];
  const into = (list: Problem[]) => (field: string, message: string) =>
    list.push({
      ...(file === undefined ? {} : { source: { file } }),
      object: "KubeProxyConfiguration",
      field,
      message,
    });
  const report = into(problems);
  const note = into(notes);
  const fail = into(errors);
  const { object, complaints } = configDocument(text);
  for (const { field, message } of complaints) (object === undefined ? fail : report)(field, message);
  const read = part(KubeProxyConfiguration, object, { field: "", report: fail });
  if (!read) return { config: undefined, problems, notes, errors };
  for (const field of unknownFields(object)) report(field, "is unknown; it is ignored");
  reportWithoutEffect(object, read.mode ?? "iptables", note);
  const config = fromFile(read, note, fail);
  return { config: errors.length === 0 ? config : undefined, problems, notes, errors };
}

function fromFile(file: KubeProxyConfiguration, note: Report, fail: Report): Config {
  const [any, loopback] = addressFamily(file.bindAddress) === "ip" ? ["0.0.0.0", "127.0.0.1"] : ["::", "::1"];
  return {
    hostnameOverride: readHostname(file.hostnameOverride, fail),
    bindAddress: file.bindAddress,
    healthzBindAddress: file.healthzBindAddress ?? listenAddress(any, 10256),
    metricsBindAddress: file.metricsBindAddress ?? listenAddress(loopback, 10249),
    bindAddressHardFail: file.bindAddressHardFail,
    enableProfiling: file.enableProfiling,
    clientConnection: file.clientConnection,
    ...readMode(file, note, fail),
    externalIPs: readGates(file.featureGates, note),
    configSyncPeriod: file.configSyncPeriod,
    detectLocal: readDetectLocal(file, fail),
    clusterCIDRs: readClusterCIDRs(file, fail),
    conntrack: file.conntrack,
    oomScoreAdj: file.oomScoreAdj,
  };
}

/** Whether external IPs are on. Other feature gates have no effect. */
function readGates(gates: KubeProxyConfiguration["featureGates"], note: Report): boolean {
  for (const gate of Object.keys(gates)) {
    if (gate !== "AllowServiceExternalIPs") note(`featureGates.${quoteField(gate)}`, "has no effect");
  }
  return gates["AllowServiceExternalIPs"] ?? true;
}

function readHostname(hostname: string, fail: Report): string {
  const name = hostname.trim().toLowerCase();
  if (hostname !== "" && name === "") fail("hostnameOverride", `${quote(hostname)} is blank`);
  return name;
}

type ModeFields = "masqueradeBit" | "masqueradeAll" | "syncPeriod" | "minSyncPeriod" | "nodePortAddresses";

/** What kube-proxy takes from the section of its mode. A file for a mode other than nftables keeps its meaning. */
function readMode(file: KubeProxyConfiguration, note: Report, fail: Report): Pick<Config, ModeFields> {
  const { mode = "iptables", nodePortAddresses } = file;
  const { syncPeriod, minSyncPeriod } = file[mode];
  if (minSyncPeriod > syncPeriod) fail(`${mode}.minSyncPeriod`, `is longer than ${mode}.syncPeriod`);
  if (mode === "nftables") {
    const bit = part(MasqueradeBit, file.nftables.masqueradeBit ?? 14, {
      field: "nftables.masqueradeBit",
      report: fail,
    });
    return {
      masqueradeBit: bit ?? 14,
      masqueradeAll: file.nftables.masqueradeAll,
      syncPeriod,
      minSyncPeriod,
      nodePortAddresses: nodePortAddresses.length === 0 ? ["primary"] : nodePortAddresses,
    };
  }
  note("mode", otherMode(file.mode));
  return {
    masqueradeBit: file.iptables.masqueradeBit,
    masqueradeAll: file.iptables.masqueradeAll,
    syncPeriod,
    minSyncPeriod,
    nodePortAddresses: nodePortAddresses.length === 0 ? ["all"] : nodePortAddresses,
  };
}

function otherMode(mode: string | undefined): string {
  const which = mode === undefined ? "is not set, which means iptables" : `is ${quote(mode)}`;
  return `${which}; kube-nft uses nftables with the settings of that mode`;
}

function readClusterCIDRs({ detectLocalMode, clusterCIDR }: KubeProxyConfiguration, fail: Report): readonly CIDR[] {
  const report = detectLocalMode === "ClusterCIDR" ? fail : () => undefined;
  return part(ClusterCIDR, clusterCIDR, { field: "clusterCIDR", report }) ?? [];
}

function readDetectLocal(file: KubeProxyConfiguration, fail: Report): DetectLocalChoice {
  const { detectLocalMode: kind, detectLocal } = file;
  switch (kind) {
    case "ClusterCIDR":
    case "NodeCIDR":
      return { kind };
    case "BridgeInterface": {
      const place = { field: "detectLocal.bridgeInterface", report: fail };
      return { kind, name: part(InterfaceName, detectLocal.bridgeInterface, place) ?? "" };
    }
    case "InterfaceNamePrefix": {
      const place = { field: "detectLocal.interfaceNamePrefix", report: fail };
      return { kind, prefix: part(InterfaceName, detectLocal.interfaceNamePrefix, place) ?? "" };
    }
  }
}
