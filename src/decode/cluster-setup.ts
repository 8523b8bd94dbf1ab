import * as z from "zod";
import { compareText } from "../model/service.ts";
import type { KindedObject } from "./objects.ts";

/** The set-up of a cluster, as far as its objects show it, for people who change its service proxy. */
export type ClusterSetup = {
  /** Sorted by name. */
  readonly nodes: readonly NodeSetup[];
  /** Those of kube-system, by name. */
  readonly daemonSets: ReadonlyMap<string, DaemonSetSetup>;
  /** The texts of the ConfigMaps of kube-system, by name. */
  readonly configMaps: ReadonlyMap<string, Readonly<Record<string, string>>>;
};

export type NodeSetup = {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `aws:///eu-central-1a/i-0123`; empty if unknown. */
  readonly providerID: string;
  /** As the kubelet reports: `v1.31.2+k3s1`, `6.1.0-50-amd64`, `arm64`, `linux`; empty if it does not. */
  readonly kubeletVersion: string;
  readonly kernelVersion: string;
  readonly architecture: string;
  readonly operatingSystem: string;
};

export type DaemonSetSetup = { readonly image: string };

const Text = z.string().catch("");
const Texts = z.record(z.string(), z.string()).catch({});
/** In Kubernetes' form. They become arguments of commands that people copy. */
const Name = z.string().regex(/^[a-z0-9][-a-z0-9.]{0,252}$/);
const Image = z
  .string()
  .regex(/^[\w][\w./:@-]{0,500}$/)
  .catch("");

const NodeObject = z.object({
  metadata: z.object({ name: Name, labels: Texts }),
  spec: z.object({ providerID: Text }).catch({ providerID: "" }),
  status: z
    .object({
      nodeInfo: z.object({
        kubeletVersion: Text,
        kernelVersion: Text,
        architecture: Text,
        operatingSystem: Text,
      }),
    })
    .catch({ nodeInfo: { kubeletVersion: "", kernelVersion: "", architecture: "", operatingSystem: "" } }),
});

const InKubeSystem = z.object({ namespace: z.literal("kube-system"), name: Name });
const DaemonSetObject = z.object({
  metadata: InKubeSystem,
  spec: z
    .object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ image: Image })) }) }) })
    .catch({ template: { spec: { containers: [] } } }),
});
const ConfigMapObject = z.object({ metadata: InKubeSystem, data: Texts });

/** What objects show of a cluster. Unreadable parts are left out. */
export function clusterSetup(objects: readonly KindedObject[]): ClusterSetup {
  const nodes: NodeSetup[] = [];
  const daemonSets = new Map<string, DaemonSetSetup>();
  const configMaps = new Map<string, Readonly<Record<string, string>>>();
  for (const { kind, object } of objects) {
    if (kind === "Node") {
      const read = NodeObject.safeParse(object).data;
      if (read === undefined) continue;
      const { name, labels } = read.metadata;
      const { providerID } = read.spec;
      nodes.push({ name, labels: new Map(Object.entries(labels)), providerID, ...read.status.nodeInfo });
    } else if (kind === "DaemonSet") {
      const read = DaemonSetObject.safeParse(object).data;
      if (read) daemonSets.set(read.metadata.name, { image: read.spec.template.spec.containers[0]?.image ?? "" });
    } else if (kind === "ConfigMap") {
      const read = ConfigMapObject.safeParse(object).data;
      if (read) configMaps.set(read.metadata.name, read.data);
    }
  }
  return { nodes: nodes.sort((a, b) => compareText(a.name, b.name)), daemonSets, configMaps };
}
