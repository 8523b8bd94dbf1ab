import type { Address } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import type { TCPFlag } from "../rule.ts";

/** A packet from client to server as it comes to this node, or as a process of this node sends it. */
export type Packet = {
  /** `icmp`: a ping, of either family. */
  readonly protocol: Protocol | "icmp";
  readonly saddr: Address;
  readonly daddr: Address;
  /** 0 for ICMP. */
  readonly dport: number;
  /** Of TCP, those that rules may ask for; by default SYN in the first packet of a connection, and none in others. */
  readonly flags?: readonly TCPFlag[];
  /** The interface that the packet comes through; undefined if a process of this node sends it. */
  readonly iifname?: string;
  readonly conntrack: Conntrack;
  /** The packet mark that others set; by default 0. */
  readonly mark?: number;
};

/** What connection tracking knows of a packet. NAT chains see `new` packets only. */
export type Conntrack =
  | { readonly kind: "new" | "untracked" | "invalid" }
  /** A later packet of a connection; `endpoint` is where the first one was translated to, if it was. */
  | { readonly kind: "established"; readonly endpoint?: Endpoint; readonly isMasqueraded: boolean };

export type Endpoint = { readonly address: string; readonly port: number };
