import type { FrontendKey } from "../../../compile/plan/frontends.ts";
import type { Address, Family } from "../../../model/address.ts";
import type { AnyChain } from "../../../netlink/all-chains.ts";
import type { ServiceFlow } from "../../flows/service-flow.ts";

/** What a node's kernel and its programs tell. What could not be looked at is undefined, or missing. */
export type NodeFacts = {
  /** `uname -r` */
  readonly kernel: string;
  /** In words, what the kernel and nft cannot do, and what follows. */
  readonly lacks: readonly string[];
  /** By their names: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
  readonly interfaces: readonly Interface[];
  readonly conntrack: ConntrackFacts | undefined;
  /** Of all tables: those of nftables, in which iptables has its own, and of iptables-legacy. */
  readonly chains: readonly AnyChain[];
  readonly proxies: ProxyTraces;
  /** Whether a kube-nft agent runs. */
  readonly hasAgent: boolean;
  /** What the agent leaves out of its tables as nft refuses it, in words: `Service default/web (IPv4)`. */
  readonly setAside: readonly { readonly what: string; readonly reason: string }[];
  readonly flows: readonly ServiceFlow[];
  /** How many new connections each served frontend has had; empty where the rules do not count. */
  readonly newConnections: ReadonlyMap<Family, ReadonlyMap<FrontendKey, number>>;
  /** Whether a program takes connections at an endpoint of this node. */
  readonly listening: Listening;
  /** In words, what could not be looked at. */
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
  /** Since the node started, over all processors: packets dropped as the table was full, flows that made room, clashes. */
  readonly drop: number;
  readonly earlyDrop: number;
  readonly insertFailed: number;
};

/** What is there of a kube-proxy. */
export type ProxyTraces = {
  /** Programs that run: `kube-proxy`. */
  readonly running: readonly string[];
  /** Services that IPVS balances. */
  readonly virtualServers: number;
};

/** Undefined: not known. `loopback`: only to programs beside it. */
export type Listening = (
  address: Address,
  protocol: string,
  port: number,
) => "yes" | "no" | "loopback" | "refused" | "silent" | undefined;
