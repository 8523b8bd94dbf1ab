import type { Address } from "../model/address.ts";
import type { CIDR } from "../model/cidr.ts";
import type { Port, Protocol } from "../model/port.ts";

/** A table as text for iptables-restore, or from iptables-save, without statements about others' chains. */
export type Table = { readonly name: TableName; readonly chains: readonly Chain[] };

export type TableName = "filter" | "nat";

/** Names of the kernel's own chains, such as PREROUTING, have no hyphen; all others have one. */
export type Chain = { readonly name: string; readonly rules: readonly Rule[] };

export type Rule = {
  readonly matches: readonly Match[];
  readonly comment?: string | undefined;
  /** Undefined: the rule only counts. */
  readonly target?: Target | undefined;
};

export type Match =
  | { readonly kind: "source" | "destination"; readonly cidr: CIDR; readonly not?: boolean }
  /** A name that ends with + matches all names that begin so. */
  | { readonly kind: "inInterface"; readonly name: string; readonly not?: boolean }
  | { readonly kind: "transport"; readonly protocol: Protocol; readonly dport?: Port | undefined }
  /** A TCP packet that resets its connection. */
  | { readonly kind: "reset" }
  /** An address of this node. */
  | { readonly kind: "localSource" | "localDestination"; readonly not?: boolean }
  /** `DNAT`: the connection's destination was translated. */
  | { readonly kind: "ctState"; readonly state: "NEW" | "INVALID" | "DNAT"; readonly not?: boolean }
  | { readonly kind: "mark"; readonly mask: number; readonly not?: boolean }
  | { readonly kind: "random"; readonly probability: number }
  /** The client is on a list, and was added at most this many seconds ago. */
  | { readonly kind: "remembered"; readonly list: string; readonly seconds: number }
  /** Adds the client to a list. */
  | { readonly kind: "remember"; readonly list: string }
  /** A part that none of our rules has. */
  | { readonly kind: "other"; readonly text: string };

export type Target =
  | { readonly kind: "jump"; readonly chain: string }
  | { readonly kind: "accept" | "drop" | "return" | "masquerade" }
  /** `undefined`: with ICMP port unreachable. */
  | { readonly kind: "reject"; readonly with?: "tcp-reset" | undefined }
  | { readonly kind: "dnat"; readonly address: Address; readonly port: Port }
  | { readonly kind: "setMark" | "clearMark"; readonly mask: number }
  | { readonly kind: "other"; readonly text: string };
