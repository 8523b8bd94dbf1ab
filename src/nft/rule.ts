import type { CIDR } from "../model/cidr.ts";
import type { Protocol } from "../model/port.ts";
import type { Verdict } from "./ruleset.ts";

/** A rule: its statements from left to right. The first match that fails ends it. */
export type Rule = readonly Statement[];

/** The matches and statements of nft(8) that the compiler uses. */
export type Statement = Match | LookupStatement | Action;

export type Match =
  | { readonly kind: "ctState"; readonly state: "new" | "invalid" }
  /** `confirmed`: a packet of its connection has left this host, or reached a process here. */
  | { readonly kind: "ctStatus"; readonly not?: boolean; readonly status: "dnat" | "confirmed" }
  | { readonly kind: "l4proto"; readonly protocol: Protocol }
  | { readonly kind: "fib"; readonly field: "saddr" | "daddr"; readonly not?: boolean; readonly type: "local" }
  | { readonly kind: "address"; readonly field: "saddr" | "daddr"; readonly not?: boolean; readonly cidr: CIDR }
  /** The interface through which a packet arrived; none for packets that this host generates. */
  | { readonly kind: "iifname"; readonly not?: boolean; readonly name: string; readonly prefix: boolean }
  | { readonly kind: "markBit"; readonly mask: number }
  | { readonly kind: "tcpFlag"; readonly flag: TCPFlag; readonly not?: boolean };

export type TCPFlag = "syn" | "rst";

/** Statements that read or write a set. `count`: in a dynamic set, until a timeout after the last packet. */
export type LookupStatement =
  | { readonly kind: "member"; readonly key: Key; readonly not?: boolean; readonly set: string }
  | { readonly kind: "vmap"; readonly key: Key; readonly map: string }
  | { readonly kind: "dnat"; readonly key: Key; readonly map: string }
  | { readonly kind: "count"; readonly key: Key; readonly set: string; readonly timeoutSeconds: number }
  | {
      readonly kind: "update" | "delete";
      readonly map: string;
      readonly key: Key;
      readonly timeoutSeconds?: number;
      readonly value: Key;
    };

export type Action =
  | Verdict
  | { readonly kind: "setMark" | "clearMark"; readonly mask: number }
  | { readonly kind: "reject"; readonly with?: "tcp reset" }
  | { readonly kind: "masquerade" };

/** A concatenation of packet fields. */
export type Key = readonly Field[];

export type Field =
  | { readonly kind: "saddr" | "daddr" | "l4proto" }
  | { readonly kind: "dport"; readonly protocol?: Protocol }
  /** The address and port to which the client sent, before DNAT. */
  | { readonly kind: "ctOriginalDaddr" | "ctOriginalDport" }
  /** A number from `offset` to `offset + modulus - 1`, random per packet. */
  | { readonly kind: "numgenRandom"; readonly modulus: number; readonly offset: number }
  /** The same, fixed by the source address, and the source port of a protocol. Each seed gives another number. */
  | {
      readonly kind: "jhashSaddr";
      readonly sport?: Protocol;
      readonly modulus: number;
      readonly offset: number;
      readonly seed: number;
    };
