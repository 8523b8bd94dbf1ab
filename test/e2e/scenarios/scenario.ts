import type { KubernetesObject, Reference } from "../../api-server/store.ts";
import type { NodeHost } from "../node.ts";

/** What happens to a cluster of three nodes, and what comes of packets after each step. */
export type Scenario = {
  readonly name: string;
  readonly steps: readonly Step[];
  /** Connections that are made after the first step, and go on to the end. Rows of packets, of which one endpoint answers. */
  readonly connections?: readonly string[];
};

export type Step = {
  readonly what: string;
  readonly put?: readonly KubernetesObject[];
  readonly delete?: readonly Reference[];
  /** What comes of new connections: rows of packets. */
  readonly rows?: readonly string[];
  /** Of datagrams of clients that keep their port through all steps. */
  readonly flows?: readonly string[];
  /** What health check node ports say: the code, and how many endpoints there are. */
  readonly health?: { readonly port: number } & Readonly<Record<NodeHost, string>>;
  /** Packets are sent once every node has seen the step: else it would not show that nothing changes. */
  readonly waitsForAll?: boolean;
};
