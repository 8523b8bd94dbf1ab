import type { Config, DetectLocalChoice } from "./config.ts";
import { apiVersion } from "./document.ts";
import type { ListenAddress } from "./fields.ts";

/** The file of kubeproxy.config.k8s.io/v1alpha1 that is equivalent to a configuration, whatever file or flags that is from. */
export function configFile(config: Config): object {
  const { masqueradeBit, masqueradeAll, nodePortAddresses, conntrack } = config;
  return {
    apiVersion,
    kind: "KubeProxyConfiguration",
    hostnameOverride: config.hostnameOverride,
    bindAddress: config.bindAddress,
    healthzBindAddress: listenText(config.healthzBindAddress),
    metricsBindAddress: listenText(config.metricsBindAddress),
    bindAddressHardFail: config.bindAddressHardFail,
    enableProfiling: config.enableProfiling,
    clientConnection: config.clientConnection,
    mode: "nftables",
    nftables: {
      masqueradeBit,
      masqueradeAll,
      syncPeriod: duration(config.syncPeriod),
      minSyncPeriod: duration(config.minSyncPeriod),
    },
    ...detectLocalFields(config.detectLocal),
    clusterCIDR: config.clusterCIDRs.join(),
    nodePortAddresses,
    featureGates: { AllowServiceExternalIPs: config.externalIPs },
    oomScoreAdj: config.oomScoreAdj,
    conntrack: {
      ...conntrack,
      tcpEstablishedTimeout: duration(conntrack.tcpEstablishedTimeout),
      tcpCloseWaitTimeout: duration(conntrack.tcpCloseWaitTimeout),
      udpTimeout: duration(conntrack.udpTimeout),
      udpStreamTimeout: duration(conntrack.udpStreamTimeout),
    },
    configSyncPeriod: duration(config.configSyncPeriod),
  };
}

function listenText(listen: ListenAddress | undefined): string {
  if (listen === undefined) return "";
  const { address, port } = listen;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function duration(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : `${milliseconds / 1000}s`;
}

function detectLocalFields(choice: DetectLocalChoice): object {
  const detectLocalMode = choice.kind;
  switch (choice.kind) {
    case "ClusterCIDR":
    case "NodeCIDR":
      return { detectLocalMode };
    case "BridgeInterface":
      return { detectLocalMode, detectLocal: { bridgeInterface: choice.name } };
    case "InterfaceNamePrefix":
      return { detectLocalMode, detectLocal: { interfaceNamePrefix: choice.prefix } };
  }
}
