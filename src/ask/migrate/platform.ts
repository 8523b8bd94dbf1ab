import type { ClusterSetup } from "../../decode/cluster-setup.ts";

/** The maker of a cluster, who also decides about its service proxy. */
export type Platform =
  | { readonly kind: "kubeadm" | "k3s" | "RKE2" | "EKS" | "GKE" | "AKS" | "kops" | "unknown" }
  /** Its name, for `kind load`. */
  | { readonly kind: "kind"; readonly cluster: string };

/** Recognized by names that platforms give to nodes, by versions and by labels. */
export function platformOf({ nodes, configMaps }: ClusterSetup): Platform {
  const hasLabel = (start: string) =>
    nodes.some(({ labels }) => [...labels.keys()].some((label) => label.startsWith(start)));
  const hasVersion = (part: RegExp) => nodes.some(({ kubeletVersion }) => part.test(kubeletVersion));
  for (const { providerID } of nodes) {
    const [, cluster] = /^kind:\/\/[a-z]+\/([a-z0-9.-]+)\//.exec(providerID) ?? [];
    if (cluster !== undefined) return { kind: "kind", cluster };
  }
  if (hasVersion(/\+rke2r/)) return { kind: "RKE2" };
  if (hasVersion(/\+k3s/)) return { kind: "k3s" };
  if (hasVersion(/-eks-/) || hasLabel("eks.amazonaws.com/")) return { kind: "EKS" };
  if (hasVersion(/-gke\./) || hasLabel("cloud.google.com/gke-")) return { kind: "GKE" };
  if (hasLabel("kubernetes.azure.com/")) return { kind: "AKS" };
  if (hasLabel("kops.k8s.io/")) return { kind: "kops" };
  if (configMaps.has("kubeadm-config")) return { kind: "kubeadm" };
  return { kind: "unknown" };
}
