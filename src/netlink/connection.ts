import type { Address, Family } from "../model/address.ts";
import { type Protocol, protocols } from "../model/port.ts";
import type { Flow } from "./conntrack.ts";
import { addressReader, directionsOf, numbers, seenReply, stateNumber, status } from "./flow-parts.ts";
import { type Attribute, attribute, type Message } from "./message.ts";
import { request } from "./request.ts";

/** A flow with the details that people ask for. What the kernel does not report is undefined. */
export type Connection = Flow & {
  /** The address that the endpoint sees as its client. */
  readonly seen: Address;
  readonly seenPort: number;
  /** In conntrack(8)'s terms, `SYN_SENT`; UDP has none. */
  readonly state: string | undefined;
  /** Whether there was an answer. */
  readonly isAnswered: boolean;
  /** The seconds until the kernel deletes it, without further packets. */
  readonly timeoutSeconds: number | undefined;
  /** In ms since 1970; known with `nf_conntrack_timestamp`. */
  readonly began: number | undefined;
  /** Known with `nf_conntrack_acct`. */
  readonly bytes: { readonly sent: number; readonly received: number } | undefined;
};

/** A request for all flows of a family. */
export function connectionsRequest(family: Family): Uint8Array {
  return request("conntrack", getFlow, "dump", family, []);
}

/** The netlink groups for flows: NFNLGRP_CONNTRACK_NEW and NFNLGRP_CONNTRACK_DESTROY. */
export const connectionGroups: readonly number[] = [1, 3];

/** Whether a notification of these groups is about a flow's end. */
export function isEnd({ type }: Message): boolean {
  return (type & 255) === deleteFlow;
}

/** Returns a function that gives the connection in a message; undefined if it cannot belong to a Service. */
export function connectionReader(): (message: Message) => Connection | undefined {
  const addressAt = addressReader();
  return ({ view, start, end }) => {
    const own = { start, end };
    const directions = directionsOf(view, own);
    const protocol = protocols.find((each) => numbers[each] === directions?.there.number);
    if (directions === undefined || protocol === undefined) return undefined;
    const { there, back } = directions;
    const source = addressAt(view, there.source);
    const seen = addressAt(view, back.destination);
    const [sent, received] = [countersOriginal, countersReply].map((each) => bytesIn(view, attribute(view, own, each)));
    const flags = attribute(view, own, status);
    const seconds = attribute(view, own, timeout);
    const stamp = attribute(view, own, timestamp);
    const begin = stamp && attribute(view, stamp, timestampStart);
    return {
      protocol,
      source,
      sourcePort: there.sourcePort,
      destination: addressAt(view, there.destination),
      destinationPort: there.destinationPort,
      replySource: addressAt(view, back.source),
      replySourcePort: back.sourcePort,
      seen,
      seenPort: back.destinationPort,
      isMasqueraded: seen !== source,
      state: stateOf(view, own, protocol),
      isAnswered: flags !== undefined && (view.getUint32(flags.start) & seenReply) !== 0,
      timeoutSeconds: seconds && view.getUint32(seconds.start),
      began: begin && Number(view.getBigUint64(begin.start) / 1_000_000n),
      bytes: sent === undefined || received === undefined ? undefined : { sent, received },
    };
  };
}

function stateOf(view: DataView, own: Attribute, protocol: Protocol): string | undefined {
  if (protocol === "udp") return undefined;
  const state = stateNumber(view, own, protocol);
  return state === undefined ? undefined : stateNames[protocol][state];
}

function bytesIn(view: DataView, counters: Attribute | undefined): number | undefined {
  const bytes = counters && attribute(view, counters, counterBytes);
  return bytes && Number(view.getBigUint64(bytes.start));
}

/** enum tcp_conntrack and enum sctp_conntrack. */
const stateNames = {
  tcp: [
    "NONE",
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "TIME_WAIT",
    "CLOSE",
    "SYN_SENT2",
  ],
  sctp: [
    "NONE",
    "CLOSED",
    "COOKIE_WAIT",
    "COOKIE_ECHOED",
    "ESTABLISHED",
    "SHUTDOWN_SENT",
    "SHUTDOWN_RECD",
    "SHUTDOWN_ACK_SENT",
    "HEARTBEAT_SENT",
  ],
} as const;

const getFlow = 1;
const deleteFlow = 2;

const timeout = 7;
const countersOriginal = 9;
const countersReply = 10;
const timestamp = 20;
const timestampStart = 1;
const counterBytes = 2;
