import type { FrontendKey } from "../../../compile/plan/frontends.ts";
import type { Address, Family } from "../../../model/address.ts";
import type { AnyChain } from "../../../netlink/all-chains.ts";
import type { ServiceFlow } from "../../flows/service-flow.ts";
import type { LoopbackFailure } from "../../status/status.ts";

/** What a node's kernel and programs show. What could not be examined is undefined, or missing. */
export type NodeFacts = {
  /** `uname -r` */
  readonly kernel: string;
  /** In words, the missing features of the kernel and nft, and the consequences. */
  readonly lacks: readonly string[];
  /** By name: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly interfaces: readonly Interface[];
  readonly conntrack: ConntrackFacts | undefined;
  /** Of all tables: those of nftables, which include iptables-nft's, and of iptables-legacy. */
  readonly chains: readonly AnyChain[];
  readonly proxies: ProxyTraces;
  /** Whether a kube-nft agent runs. */
  readonly hasAgent: boolean;
  /** What the agent leaves out of its tables because nft refuses it, in words: `Service default/web (IPv4)`. */
  readonly setAside: readonly { readonly what: string; readonly reason: string }[];
  /** NodePorts that the agent cannot open at a loopback address. */
  readonly unopened: readonly LoopbackFailure[];
  readonly flows: readonly ServiceFlow[];
  /** The number of new connections of each served frontend; empty if the rules do not count. */
  readonly newConnections: ReadonlyMap<Family, ReadonlyMap<FrontendKey, number>>;
  /** Whether a program listens on an endpoint of this node. */
  readonly listening: Listening;
  /** In words, what could not be examined. */
  readonly unseen: readonly string[];
};

export type Interface = {
  readonly name: string;
  readonly mtu: number | undefined;
  readonly isBridge: boolean | undefined;
};

export type ConntrackFacts = {
  readonly count: number;
  readonly max: number;
  /**
   * Since the node started, over all processors: packets dropped because the table was full, connections evicted,
   * collisions.
   */
  readonly drop: number;
  readonly earlyDrop: number;
  readonly insertFailed: number;
};

/** Traces of a kube-proxy. */
export type ProxyTraces = {
  /** Running programs: `kube-proxy`. */
  readonly running: readonly string[];
  /** The number of Services that IPVS balances. */
  readonly virtualServers: number;
};

/** Undefined if not known. `loopback`: only for programs in the same network namespace. */
export type Listening = (
  address: Address,
  protocol: string,
  port: number,
) => "yes" | "no" | "loopback" | "refused" | "silent" | undefined;
