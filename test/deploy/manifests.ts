import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load, loadAll } from "js-yaml";
import { root } from "../golden/fixture.ts";

/** A Kubernetes object of deploy/, of a kind that these tests know. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

export type ClusterRole = Manifest & {
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
};

type Reference = Readonly<Record<"apiGroup" | "kind" | "name" | "namespace", string>>;

export type ClusterRoleBinding = Manifest & { readonly roleRef: Reference; readonly subjects: readonly Reference[] };

export type ConfigMap = Manifest & { readonly data: Readonly<Record<string, string>> };

export type Probe = { readonly httpGet: { readonly path: string; readonly port: string | number } };

export type Container = {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly valueFrom: { readonly configMapKeyRef?: { readonly name: string; readonly key: string } };
  }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly securityContext: object;
} & Readonly<Partial<Record<`${"startup" | "liveness" | "readiness"}Probe`, Probe>>>;

export type DaemonSet = Manifest & {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly hostNetwork: boolean;
        readonly initContainers: readonly Container[];
        readonly containers: readonly [Container];
        readonly volumes: readonly {
          readonly name: string;
          readonly configMap?: { readonly name: string };
          readonly emptyDir?: object;
          readonly projected?: { readonly sources: readonly Readonly<Record<string, object>>[] };
        }[];
      };
    };
  };
};

export function readDeploy(file: string): string {
  return readFileSync(join(root, "deploy", file), "utf8");
}

/** The files that a kustomization lists, itself left out, with their paths in deploy/. */
export function resourceFiles(kustomization: string): readonly string[] {
  const { resources } = load(readDeploy(kustomization)) as { readonly resources: readonly string[] };
  return resources.map((file) => join(dirname(kustomization), file));
}

const objects = loadAll(readDeploy("kube-nft.yaml")) as readonly Manifest[];

export const manifests = {
  all: objects,
  serviceAccount: only<Manifest>("ServiceAccount"),
  clusterRole: only<ClusterRole>("ClusterRole"),
  clusterRoleBinding: only<ClusterRoleBinding>("ClusterRoleBinding"),
  configMap: only<ConfigMap>("ConfigMap"),
  daemonSet: only<DaemonSet>("DaemonSet"),
};

/** The agent's container, and all of its pod. */
export const [agent] = manifests.daemonSet.spec.template.spec.containers;
export const containers: readonly Container[] = [...manifests.daemonSet.spec.template.spec.initContainers, agent];

function only<M extends Manifest>(kind: string): M {
  const [object, ...others] = objects.filter((each) => each.kind === kind);
  if (object === undefined || others.length > 0) throw new Error(`deploy/kube-nft.yaml should have one ${kind}`);
  return object as M;
}
