import type { ServerAddress } from "../compile/plan/service-plan.ts";
import type { FamilySettings, HostCapabilities, Settings } from "../compile/settings.ts";
import { type Address, addressFamily, type Family, families } from "../model/address.ts";
import { type CIDR, cidrFamily } from "../model/cidr.ts";
import type { Node } from "../model/node.ts";
import type { Problem } from "../model/problem.ts";
import type { Config } from "./config.ts";
import { detectLocal, localNetworks, missingNetworks } from "./detect-local.ts";
import { nodePortAddresses } from "./node-port-addresses.ts";

/** What is known about the node that the ruleset is for, and its configuration. */
export type SettingsInput = {
  readonly config: Config;
  /** Undefined if the cluster has no such Node, or none is known. */
  readonly node: Node | undefined;
  readonly nodeName: string;
  /** The known addresses of this node's interfaces. */
  readonly interfaceAddresses: readonly Address[];
  readonly serviceCIDRs: readonly CIDR[];
  readonly otherClusterIPs: readonly Address[];
  readonly capabilities: HostCapabilities;
  /** Whether the kernel counts new connections. */
  readonly counters: boolean;
  /** The known addresses of the API server. */
  readonly apiServer: readonly ServerAddress[];
};

/** The settings that follow from the configuration on this node, and where they may not be what its author wants. */
export function resolveSettings(input: SettingsInput): {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
} {
  const { config, node, nodeName, apiServer, capabilities } = input;
  const problems: Problem[] = [];
  const report = (object: string, field: string, message: string) => problems.push({ object, field, message });
  reportMissing(input, report);
  const family = (each: Family): FamilySettings => ({
    affinity: capabilities[each].affinity,
    sourceRanges: capabilities[each].sourceRanges,
    sourceHash: capabilities[each].sourceHash,
    reject: capabilities[each].reject,
    nodeIP: nodeIP(input, each),
    detectLocal: detectLocal(config, node, each),
    podNetworks: config.clusterCIDRs.filter((cidr) => cidrFamily(cidr) === each),
    nodePortAddresses: nodePortAddresses(
      config.nodePortAddresses,
      each,
      nodeIP(input, each),
      input.interfaceAddresses,
      (message) => report(configObject, "nodePortAddresses", message),
    ),
    serviceCIDRs: input.serviceCIDRs.filter((cidr) => cidrFamily(cidr) === each),
    otherClusterIPs: input.otherClusterIPs.filter((ip) => addressFamily(ip) === each),
  });
  const settings = {
    nodeName,
    zone: node?.zone,
    families: { ip: family("ip"), ip6: family("ip6") },
    masqueradeBit: config.masqueradeBit,
    masqueradeAll: config.masqueradeAll,
    externalIPs: config.externalIPs,
    elementLimit,
    apiServer,
    sourceRangeLimit,
    counters: input.counters && families.every((each) => capabilities[each].counters),
    tableSourceRangeLimit,
    affinityTimeoutLimit,
  };
  return { settings, problems };
}

/** The most elements that a Service may have in a family: one list of 100,000 endpoints, and some. */
const elementLimit = 262_144;

/**
 * The most source ranges that a Service may have in a family. The kernel takes time in proportion to the square of their
 * number: 10,000 block it for 1.7 s.
 */
const sourceRangeLimit = 2000;

/** The most source ranges of all Services together, in a family: 30,000 would block the kernel for 14.6 s. */
const tableSourceRangeLimit = 20_000;

/** Each timeout takes up to two chains per protocol, and more chains make transactions slower. */
const affinityTimeoutLimit = 100;

const configObject = "KubeProxyConfiguration";

/** The fields of the Node that the configuration needs and that are unknown. */
export function missingNodeFields({ config, node }: Pick<SettingsInput, "config" | "node">): readonly string[] {
  const isWithoutIP = families.every((family) => nodeIP({ config, node }, family) === undefined);
  return [
    ...(config.nodePortAddresses.includes("primary") && isWithoutIP ? ["status.addresses"] : []),
    ...(config.detectLocal.kind === "NodeCIDR" && !node?.podCIDRs.length ? ["spec.podCIDRs"] : []),
  ];
}

/** Reports what the configuration needs to know about the Node or the cluster, if it is unknown. */
function reportMissing(input: SettingsInput, report: (object: string, field: string, message: string) => void): void {
  const { config, node, nodeName } = input;
  const isUsed = (family: Family) =>
    nodeIP(input, family) !== undefined || input.serviceCIDRs.some((cidr) => cidrFamily(cidr) === family);
  const ofNode = (field: string, known: string, consequence: string) =>
    report(`Node ${nodeName}`, node ? field : "", `${node ? known : "is not known"}; ${consequence}`);
  if (missingNodeFields(input).includes("status.addresses")) {
    const which = config.nodePortAddresses.length === 1 ? "no" : "no primary";
    ofNode("status.addresses", "has no InternalIP or ExternalIP", `${which} address serves NodePorts`);
  }
  const local = localNetworks(config, node);
  const missingLocal = local && missingNetworks(local, isUsed);
  if (missingLocal !== undefined) {
    const consequence =
      "local pods cannot be distinguished from other clients, and clients outside the cluster may get no answer from ClusterIPs";
    if (config.detectLocal.kind === "NodeCIDR") ofNode("spec.podCIDRs", missingLocal, consequence);
    else report(configObject, "clusterCIDR", `${missingLocal}; ${consequence}`);
  }
  const missing = missingNetworks(config.clusterCIDRs, isUsed);
  if (missing === undefined || config.conntrack.tcpBeLiberal) return;
  const consequence =
    "connections may be reset when conntrack considers packets invalid; set conntrack.tcpBeLiberal to true";
  report(configObject, "clusterCIDR", `${missing}; ${consequence}`);
}

/**
 * The primary address of the node in a family: `bindAddress` unless that is unspecified, otherwise the first of the Node's
 * InternalIPs and ExternalIPs.
 */
function nodeIP({ config, node }: Pick<SettingsInput, "config" | "node">, family: Family): Address | undefined {
  const { bindAddress } = config;
  const isChosen = addressFamily(bindAddress) === family && bindAddress !== "0.0.0.0" && bindAddress !== "::";
  return isChosen ? bindAddress : node?.addresses.find((each) => addressFamily(each) === family);
}
