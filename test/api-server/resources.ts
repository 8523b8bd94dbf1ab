/** One kind of object as the API serves it. */
export type Resource = {
  /** As in the URL and in RBAC rules: `endpointslices`. */
  readonly name: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** The field selectors that the API server knows for it, with the path of each. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
};

const names = { "metadata.name": ["metadata", "name"] };
const namespacedNames = { ...names, "metadata.namespace": ["metadata", "namespace"] };

export const resources = {
  services: {
    name: "services",
    group: "",
    kind: "Service",
    namespaced: true,
    fields: { ...namespacedNames, "spec.clusterIP": ["spec", "clusterIP"], "spec.type": ["spec", "type"] },
  },
  nodes: { name: "nodes", group: "", kind: "Node", namespaced: false, fields: names },
  endpointslices: {
    name: "endpointslices",
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    namespaced: true,
    fields: namespacedNames,
  },
  servicecidrs: {
    name: "servicecidrs",
    group: "networking.k8s.io",
    kind: "ServiceCIDR",
    namespaced: false,
    fields: names,
  },
  pods: { name: "pods", group: "", kind: "Pod", namespaced: true, fields: namespacedNames },
  deployments: { name: "deployments", group: "apps", kind: "Deployment", namespaced: true, fields: namespacedNames },
  daemonsets: { name: "daemonsets", group: "apps", kind: "DaemonSet", namespaced: true, fields: namespacedNames },
  configmaps: { name: "configmaps", group: "", kind: "ConfigMap", namespaced: true, fields: namespacedNames },
  events: { name: "events", group: "events.k8s.io", kind: "Event", namespaced: true, fields: namespacedNames },
} as const satisfies Record<string, Resource>;

export type ResourceName = keyof typeof resources;

export function apiVersion({ group }: Resource): string {
  return group === "" ? "v1" : `${group}/v1`;
}

/** The resource of an object that says its apiVersion and kind. */
export function resourceOf(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): Resource {
  for (const resource of Object.values<Resource>(resources)) {
    if (resource.kind === object.kind && apiVersion(resource) === object.apiVersion) return resource;
  }
  throw new Error(`the API server for tests does not serve ${object.apiVersion} ${object.kind}`);
}

/** What a URL asks for; undefined where nothing is served there. */
export type Target = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly objectName: string | undefined;
};

export function targetOf(path: string): Target | undefined {
  const match =
    /^(?:\/api|\/apis\/(?<group>[^/]+))\/v1(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?$/.exec(
      path,
    );
  const { group = "", namespace, plural, name: objectName } = match?.groups ?? {};
  const resource = Object.values<Resource>(resources).find(({ name }) => name === plural);
  if (resource?.group !== group || (namespace !== undefined && !resource.namespaced)) return undefined;
  return { resource, namespace, objectName };
}
