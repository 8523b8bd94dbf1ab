import type { KubernetesObject, Reference } from "../../api-server/store.ts";
import type { NodeHost } from "../node.ts";

/** Changes of a cluster of three nodes, and what happens to packets after each step. */
export type Scenario = {
  readonly name: string;
  readonly steps: readonly Step[];
  /**
   * Connections that are opened after the first step, and last until the end: rows of packets, of which one endpoint
   * answers.
   */
  readonly connections?: readonly string[];
};

export type Step = {
  readonly what: string;
  readonly put?: readonly KubernetesObject[];
  readonly delete?: readonly Reference[];
  /** The results of new connections: rows of packets. */
  readonly rows?: readonly string[];
  /** The results of datagrams from clients that keep their port through all steps. */
  readonly flows?: readonly string[];
  /** The answers of health check node ports: the code, and the number of endpoints. */
  readonly health?: { readonly port: number } & Readonly<Record<NodeHost, string>>;
  /** Packets are sent after every node has processed the step: otherwise they would not show that nothing changes. */
  readonly waitsForAll?: boolean;
};
