import type { Ineligibility } from "../../daemon/health.ts";
import type { KernelState } from "../../daemon/table/reconciler-options.ts";
import type { Round } from "../../daemon/table/round.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { ChangeCounts } from "../../nft/change-counts.ts";

/** RFC 3339, as Kubernetes writes times. */
export type Time = string;

/** The state of a node's agent at a glance, as plain data: `/status.json`. */
export type Status = {
  /** Like `/healthz`: this node's rules are up to date, and load balancers may use it. */
  readonly code: 200 | 503;
  /** Problems that do not make the node unhealthy, in lines for people; empty if there are none. */
  readonly warnings: readonly string[];
  readonly version: string;
  readonly now: Time;
  readonly started: Time;
  readonly node: NodeStatus;
  readonly host: HostStatus;
  readonly apiServer: APIServerStatus;
  /** One for each family that this host supports. */
  readonly tables: readonly TableStatus[];
  readonly drift: DriftStatus;
  readonly services: ServicesStatus;
  readonly loopback: LoopbackStatus;
  /** Of an agent that only observes; undefined of one that writes. */
  readonly observed: ObservedStatus | undefined;
};

export type NodeStatus = {
  readonly name: string;
  readonly zone: string | undefined;
  readonly addresses: readonly string[];
  /** Why load balancers must send it no new traffic; undefined if they may. */
  readonly ineligibility: Ineligibility | undefined;
};

export type HostStatus = {
  readonly kernel: string;
  readonly nft: string;
  /** The missing features, in words. */
  readonly lacks: readonly string[];
  /** How many connections the kernel tracks, and the maximum; undefined if it does not say. */
  readonly conntrack: { readonly count: number; readonly max: number } | undefined;
};

export type APIServerStatus = {
  readonly url: string;
  /** The agent's identity there. */
  readonly identity: string;
  /** Since when it has not answered, or has not been ready, and why. */
  readonly failure: Trouble | undefined;
  readonly watches: readonly WatchStatus[];
};

export type WatchStatus = {
  readonly resource: string;
  /** `absent`: the API server does not have the resource, which is optional. */
  readonly state: "not yet" | "watching" | "between watches" | "failing" | "absent";
  /** When the API server last delivered anything, even if only that nothing has changed. */
  readonly heard: Time | undefined;
  /** Since when it cannot be read, and why. */
  readonly failure: Trouble | undefined;
};

export type Trouble = { readonly since: Time; readonly message: string };

export type TableStatus = {
  readonly family: Family;
  /** No change has waited for too long. */
  readonly isHealthy: boolean;
  /**
   * Whether the kernel holds the desired table, by all that the agent has written and the kernel has reported: `changing`
   * while a transaction is in progress or planned, `unknown` before the first round, after failures, and while the
   * kernel's reports are missing.
   */
  readonly kernel: KernelState;
  readonly lastRound: RoundSummary | undefined;
  readonly lastFailure: Failure | undefined;
  /** Services that are not served because nft refuses their rules, and parts of the table that belong to no Service. */
  readonly setAside: readonly SetAsideStatus[];
};

export type RoundSummary = {
  readonly began: Time;
  readonly milliseconds: number;
  /** `partial`: only changes were written; `full`: everything; `replaced`: the table was created anew. */
  readonly kind: Round["kind"];
  /** Why there was a round: `Service`, `EndpointSlice`, `drift`, `configuration` and others. */
  readonly causes: readonly string[];
  readonly elements: number;
  /** The number of its Services. */
  readonly services: number;
};

export type Failure = { readonly at: Time; readonly message: string; readonly retryInMilliseconds: number };

export type SetAsideStatus = {
  /** `Service default/web` or `chain firewall` */
  readonly name: string;
  /** Undefined if it belongs to no Service. */
  readonly service: ObjectKey | undefined;
  readonly since: Time;
  readonly reason: string;
};

/** Changes of our tables by other programs. */
export type DriftStatus = {
  /** Since the agent started, and in the last ten minutes. */
  readonly count: number;
  readonly recent: number;
  readonly last: Drift | undefined;
};

export type Drift = {
  readonly at: Time;
  readonly family: Family;
  /** The first 15 bytes of its name. */
  readonly program: string;
  readonly pid: number;
};

export type ServicesStatus = {
  /** Those with a ClusterIP that are not for another proxy. */
  readonly count: number;
  readonly slices: number;
  /** In slices, usable or not. */
  readonly endpoints: number;
  /** Those that no endpoint serves on any node: those that have had one since the agent started, and the others. */
  readonly lostEndpoints: Names;
  readonly neverHadEndpoints: Names;
  /** Those that are denied a frontend because another Service has it. */
  readonly denied: Names;
  /** Those that cannot be served as specified. */
  readonly notAsSpecified: Names;
};

/** What an agent finds that writes nothing. */
export type ObservedStatus = {
  /** None before it has looked. */
  readonly tables: readonly ObservedTable[];
  /** Whether its rules do to packets what its plans say: the first differences, a line each. */
  readonly verified:
    | { readonly at: Time; readonly packets: number; readonly differences: readonly string[] }
    | undefined;
};

/** How much an agent that writes would change in a table of the kernel, which is there or not, or cannot be read. */
export type ObservedTable = { readonly family: Family; readonly isThere: boolean } & ChangeCounts;

/** NodePorts at loopback addresses, which the agent itself serves. */
export type LoopbackStatus = {
  /** Those that are open, counted per address, and the connections that are passed on now. */
  readonly ports: number;
  readonly connections: number;
  /** Those that cannot be opened. */
  readonly failures: readonly LoopbackFailure[];
};

/** `at`: `127.0.0.1 port 30500` */
export type LoopbackFailure = { readonly at: string; readonly service: ObjectKey; readonly message: string };

/** The number, and the first of them in order. */
export type Names = { readonly count: number; readonly first: readonly ObjectKey[] };

/** A round, as `/rounds.json` lists the recent ones, newest first. */
export type RecentRound = RoundSummary & {
  readonly family: Family;
  /** Why it failed; undefined if it did not. */
  readonly failure: string | undefined;
  /** The program that changed the table, if the round repaired that. */
  readonly drift: Drift | undefined;
  /** A line for each service port that changed, in the form of `diff`. */
  readonly changes: readonly string[];
  /** How many more Services changed, or may have. */
  readonly moreServices: number;
};

/** A port of a Service in a family, as `/services.json` lists them. */
export type ServiceRow = {
  readonly service: ObjectKey;
  /** Empty if the only port has no name. */
  readonly port: string;
  readonly family: Family;
  readonly type: string;
  /** What the port is said to speak, and the Service's labels, `app=web,tier=front`. */
  readonly appProtocol: string | undefined;
  readonly labels: string | undefined;
  /** `10.96.0.10 port 80/tcp`, `nodePort 30080/tcp`; the ClusterIP's comes first. */
  readonly frontends: readonly string[];
  /** The endpoints that clients on this node get, and all in slices. */
  readonly used: number;
  readonly known: number;
  /** The Local policies: the first is for clients inside the cluster, the second for those outside. */
  readonly policies: readonly ("internal Local" | "external Local")[];
  /** What happens to connections: `served`, or why not. */
  readonly state: "served" | "no endpoints" | "no endpoint here" | "set aside";
  /** New connections since its frontends were added to the table; undefined if they are not counted. */
  readonly connections: number | undefined;
  /**
   * Packets refused and dropped since the agent started; undefined if they are not counted. Those to ports that the
   * Service does not have are in the row of its first port.
   */
  readonly refused: number | undefined;
  readonly dropped: number | undefined;
};
