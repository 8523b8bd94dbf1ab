import type { Address } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { TCPFlag } from "../rule.ts";

/** A packet from client to server as it arrives at this node, or as a process of this node sends it. */
export type Packet = {
  /** `icmp`: a ping, of either family. */
  readonly protocol: Protocol | "icmp";
  readonly saddr: Address;
  readonly daddr: Address;
  /** 0 for ICMP. */
  readonly dport: number;
  /** Undefined: any. */
  readonly sport?: number;
  /** TCP flags that rules may match; by default SYN for the first packet of a connection, and none for others. */
  readonly flags?: readonly TCPFlag[];
  /** The interface that the packet arrives on; undefined if a process of this node sends it. */
  readonly iifname?: string;
  readonly conntrack: Conntrack;
  /** The packet mark that other programs set; by default 0. */
  readonly mark?: number;
};

/** What connection tracking knows about a packet. NAT chains only see `new` packets. */
export type Conntrack =
  | { readonly kind: "new" | "untracked" | "invalid" }
  /** A later packet of a connection; `endpoint` is where the first one was translated to, if it was. */
  | { readonly kind: "established"; readonly endpoint?: Endpoint; readonly isMasqueraded: boolean };

export type Endpoint = { readonly address: string; readonly port: number };
