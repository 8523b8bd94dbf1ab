import { type DecodedConfig, decodeConfig } from "../../config/config.ts";
import { configDocument } from "../../config/document.ts";
import { KubeProxyConfiguration } from "../../config/schema.ts";
import type { ClusterSetup } from "../../decode/cluster-setup.ts";

/** The present service proxy of a cluster. */
export type ServiceProxy =
  | KubeProxyDaemonSet
  | { readonly kind: "Cilium" }
  | { readonly kind: "kube-nft" }
  /** There is no DaemonSet for it. A part of each node may do it, as a static pod or inside another process. */
  | { readonly kind: "unknown" };

export type KubeProxyDaemonSet = {
  readonly kind: "DaemonSet";
  /** Empty if it is unknown. */
  readonly image: string;
  readonly mode: Mode;
  /** Undefined if its ConfigMap has none. */
  readonly config: DecodedConfig | undefined;
  /** Where it reaches the API server: `{ host: "10.0.0.10", port: "6443" }`. */
  readonly server: Server | undefined;
};

export type Mode = "iptables" | "ipvs" | "nftables";
export type Server = { readonly host: string; readonly port: string };

export function serviceProxyOf({ daemonSets, configMaps }: ClusterSetup): ServiceProxy {
  const kubeProxy = daemonSets.get("kube-proxy");
  if (kubeProxy !== undefined) {
    const texts = { ...configMaps.get("kube-proxy-config"), ...configMaps.get("kube-proxy") };
    const config = texts["config.conf"] ?? texts["config"];
    return {
      kind: "DaemonSet",
      image: kubeProxy.image,
      mode: modeOf(config ?? ""),
      config: config === undefined ? undefined : decodeConfig(config),
      server: serverOf(texts["kubeconfig.conf"] ?? texts["kubeconfig"] ?? ""),
    };
  }
  if (/^(true|strict)$/.test(configMaps.get("cilium-config")?.["kube-proxy-replacement"] ?? ""))
    return { kind: "Cilium" };
  return { kind: daemonSets.has("kube-nft") ? "kube-nft" : "unknown" };
}

/** kube-proxy's default is iptables. */
function modeOf(config: string): Mode {
  return KubeProxyConfiguration.safeParse(configDocument(config).object).data?.mode ?? "iptables";
}

/** The server in a kubeconfig. Its host becomes part of commands that people copy. */
function serverOf(kubeconfig: string): Server | undefined {
  const [, host, port] =
    /^\s*server:\s*["']?https:\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?\/?["']?\s*$/m.exec(kubeconfig) ??
    [];
  return host === undefined ? undefined : { host, port: port ?? "443" };
}
