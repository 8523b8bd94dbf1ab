import type { CIDR } from "./cidr.ts";

/** The requests of a Service's annotations `kube-nft.io/…`; without an annotation, the field is missing. */
export type Annotations = {
  /** The sources that may connect to NodePorts and external IPs. */
  readonly nodePortSourceRanges?: readonly CIDR[];
  /** The sources that may not connect to any frontend but the ClusterIP. */
  readonly denySourceRanges?: readonly CIDR[];
  /** The only kinds of frontends that are served. */
  readonly expose?: readonly ExposedKind[];
  /** How each endpoint of a client is chosen: by its address, or by its address and port; missing: at random. */
  readonly balancing?: HashBalancing;
  /** What becomes of packets to load balancer IPs and external IPs under policy Local without an endpoint here. */
  readonly externalFailoverPolicy?: "Passthrough";
  /** What is wrong with them. */
  readonly problems: readonly AnnotationProblem[];
};

export type ExposedKind = (typeof exposedKinds)[number];
export const exposedKinds = ["ClusterIP", "LoadBalancer", "ExternalIP", "NodePort"] as const;

export type HashBalancing = (typeof hashBalancings)[number];
export const hashBalancings = ["source-hash", "source-hash-port"] as const;

export type AnnotationProblem = {
  /** `kube-nft.io/expose` */
  readonly name: string;
  /** What is wrong, and what follows from it. */
  readonly message: string;
};

/** The full name of an annotation. */
export function annotationName(name: string): string {
  return `kube-nft.io/${name}`;
}
