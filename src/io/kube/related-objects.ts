import type { KindedObject } from "../../decode/objects.ts";
import { workloadKinds } from "../../decode/workloads.ts";
import type { Connection } from "./connection.ts";
import { KubeError } from "./error.ts";
import type { Resource } from "./resources.ts";
import { list, within } from "./service-objects.ts";

/** Objects that explain why Services have no endpoints, or no ready ones. */
export type Related = {
  readonly pods: readonly { readonly namespace: string; readonly name: string }[];
  /** The namespaces whose Deployments, StatefulSets and ReplicaSets are of interest. */
  readonly namespaces: readonly string[];
};

/** Those of them that may be read: the user may lack the right. */
export async function relatedObjects(
  connection: Connection,
  { pods, namespaces }: Related,
  signal: AbortSignal,
): Promise<readonly KindedObject[]> {
  const resources: readonly Resource[] = [
    ...pods.map(({ namespace, name }) => ({
      name: "pods",
      apiVersion: "v1",
      kind: "Pod",
      path: within(namespace, "/api/v1/pods"),
      fieldSelector: `metadata.name=${name}`,
    })),
    ...namespaces.flatMap((namespace) =>
      workloadKinds.map((kind) => {
        const name = `${kind.toLowerCase()}s`;
        return { name, apiVersion: "apps/v1", kind, path: within(namespace, `/apis/apps/v1/${name}`) };
      }),
    ),
  ];
  const found = resources.map((resource) =>
    list(connection, resource, signal).catch((error: unknown) => {
      if (error instanceof KubeError || signal.aborted) return [];
      throw error;
    }),
  );
  return (await Promise.all(found)).flat();
}
