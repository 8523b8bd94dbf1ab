import type { Ineligibility } from "../../daemon/health.ts";
import type { KernelState } from "../../daemon/table/reconciler-options.ts";
import type { Round } from "../../daemon/table/round.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";

/** RFC 3339, as Kubernetes writes times. */
export type Time = string;

/** All that there is to know of a node's agent at a glance, as plain data: `/status.json`. */
export type Status = {
  /** As `/healthz` answers: this node's rules are up to date, and load balancers may send to it. */
  readonly code: 200 | 503;
  /** What is worse than it should be, in lines for people; empty where all is well. */
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
};

export type NodeStatus = {
  readonly name: string;
  readonly zone: string | undefined;
  readonly addresses: readonly string[];
  /** Why load balancers are to send nothing new to it; undefined where they may. */
  readonly ineligibility: Ineligibility | undefined;
};

export type HostStatus = {
  readonly kernel: string;
  readonly nft: string;
  /** What it cannot do, in words. */
  readonly lacks: readonly string[];
  /** How many connections the kernel tracks, and how many it can; undefined where it does not say. */
  readonly conntrack: { readonly count: number; readonly max: number } | undefined;
};

export type APIServerStatus = {
  readonly url: string;
  /** Who the agent is there. */
  readonly identity: string;
  /** Since when it does not answer, or is not ready, and why. */
  readonly failure: Trouble | undefined;
  readonly watches: readonly WatchStatus[];
};

export type WatchStatus = {
  readonly resource: string;
  /** `absent`: the API server does not have the resource, which is optional. */
  readonly state: "not yet" | "watching" | "between watches" | "failing" | "absent";
  /** When the API server last told anything, be it that nothing has changed. */
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
   * Whether the kernel holds what it is to hold, by all that the agent has written and the kernel has told: `changing`
   * while something is on its way, `unknown` before the first round, after failures, and while the kernel does not tell.
   */
  readonly kernel: KernelState;
  readonly lastRound: RoundSummary | undefined;
  readonly lastFailure: Failure | undefined;
  /** Services that are not served, as nft refuses their rules, and parts of the table that are nobody's. */
  readonly setAside: readonly SetAsideStatus[];
};

export type RoundSummary = {
  readonly began: Time;
  readonly milliseconds: number;
  /** `partial`: what has changed was written; `full`: all; `replaced`: the table was made anew. */
  readonly kind: Round["kind"];
  /** Why there was a round: `Service`, `EndpointSlice`, `drift`, `configuration` and others. */
  readonly causes: readonly string[];
  readonly elements: number;
  /** How many Services it was about. */
  readonly services: number;
};

export type Failure = { readonly at: Time; readonly message: string; readonly retryInMilliseconds: number };

export type SetAsideStatus = {
  /** `Service default/web` or `chain firewall` */
  readonly name: string;
  /** Undefined for what is nobody's. */
  readonly service: ObjectKey | undefined;
  readonly since: Time;
  readonly reason: string;
};

/** What other programs did to our tables. */
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
  /** Those with a ClusterIP that are not left to another proxy. */
  readonly count: number;
  readonly slices: number;
  /** In slices, whether they can be used or not. */
  readonly endpoints: number;
  /** Those that no endpoint serves on any node: who has had one since the agent began, and who has not. */
  readonly lostEndpoints: Names;
  readonly neverHadEndpoints: Names;
  /** Those that are denied a frontend, as another Service has it. */
  readonly denied: Names;
  /** Those that cannot be served as specified. */
  readonly notAsSpecified: Names;
};

/** How many, and the first of them in order. */
export type Names = { readonly count: number; readonly first: readonly ObjectKey[] };

/** A round, as `/rounds.json` lists the last ones, newest first. */
export type RecentRound = RoundSummary & {
  readonly family: Family;
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined;
  /** Who changed the table, where that is what the round repaired. */
  readonly drift: Drift | undefined;
  /** A line for each service port that changed, as `diff` prints them. */
  readonly changes: readonly string[];
  /** How many more Services changed, or may have. */
  readonly moreServices: number;
};

/** A port of a Service in a family, as `/services.json` lists them. */
export type ServiceRow = {
  readonly service: ObjectKey;
  /** Empty where the only port has no name. */
  readonly port: string;
  readonly family: Family;
  readonly type: string;
  /** `10.96.0.10 port 80/tcp`, `nodePort 30080/tcp`; the first is that of the ClusterIP. */
  readonly frontends: readonly string[];
  /** Endpoints that clients of this node get, and all that slices list. */
  readonly used: number;
  readonly known: number;
  /** Where a Local policy holds: the first is for clients inside the cluster, the second for those outside. */
  readonly policies: readonly ("internal Local" | "external Local")[];
  /** What becomes of connections: `served`, or why not. */
  readonly state: "served" | "no endpoints" | "no endpoint here" | "set aside";
  /** New connections since its frontends came into the table; undefined where they are not counted. */
  readonly connections: number | undefined;
  /**
   * Packets that were refused and dropped since the agent began; undefined where they are not counted. Those to ports that
   * the Service does not have are in the row of its first port.
   */
  readonly refused: number | undefined;
  readonly dropped: number | undefined;
};
