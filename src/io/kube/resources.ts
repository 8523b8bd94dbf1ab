/** A kind of object to read, and a selection. */
export type Resource = {
  /** As in RBAC rules: `endpointslices`. */
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Whether API servers in use may not know the field, and answer 400. Our decoder leaves out the same objects. */
  readonly hasOptionalField?: true;
  /** Whether API servers in use may lack the resource. */
  readonly optional?: true;
};

/** Those with a ClusterIP that are not for another proxy. The field can be selected since Kubernetes 1.31. */
export const services: Resource = {
  name: "services",
  apiVersion: "v1",
  kind: "Service",
  path: "/api/v1/services",
  labelSelector: "!service.kubernetes.io/service-proxy-name",
  fieldSelector: "spec.clusterIP!=None",
  hasOptionalField: true,
};

/** Those that are left to another proxy: there are hardly any. */
export const otherServices: Resource = {
  ...services,
  name: "services of other proxies",
  labelSelector: "service.kubernetes.io/service-proxy-name",
};

/** Those of Services that are not headless. */
export const endpointSlices: Resource = {
  name: "endpointslices",
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  path: "/apis/discovery.k8s.io/v1/endpointslices",
  labelSelector: "!service.kubernetes.io/headless",
};

export const nodes: Resource = { name: "nodes", apiVersion: "v1", kind: "Node", path: "/api/v1/nodes" };

export function nodeNamed(name: string): Resource {
  return { ...nodes, fieldSelector: `metadata.name=${name}` };
}

/** Part of the API since Kubernetes 1.33. */
export const serviceCIDRs: Resource = {
  name: "servicecidrs",
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  path: "/apis/networking.k8s.io/v1/servicecidrs",
  optional: true,
};

/** Objects that show how a cluster is set up. */
export const kubeSystem: readonly Resource[] = [
  {
    name: "daemonsets",
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    path: "/apis/apps/v1/namespaces/kube-system/daemonsets",
  },
  { name: "configmaps", apiVersion: "v1", kind: "ConfigMap", path: "/api/v1/namespaces/kube-system/configmaps" },
];
