import type { Address, Family } from "../model/address.ts";
import type { Protocol } from "../model/port.ts";
import {
  addressReader,
  bytesOf,
  directionsOf,
  numbers,
  original,
  protocolNumber,
  replyTuple,
  seenReply,
  stateNumber,
  states,
  status,
  tupleProtocol,
} from "./flow-parts.ts";
import { type Attribute, attribute, type Message } from "./message.ts";
import { haveSameBytes } from "./record-index.ts";
import { attributeOf, nestOf, networkUint32, request, uint32 } from "./request.ts";

/** A connection as the kernel tracks it (linux/netfilter/nfnetlink_conntrack.h), in the default zone. */
export type Flow = {
  readonly protocol: Protocol;
  /** The sender of its first packet. */
  readonly source: Address;
  readonly sourcePort: number;
  /** The destination of that packet. */
  readonly destination: Address;
  readonly destinationPort: number;
  /** Where answers come from: the destination, unless that was translated. */
  readonly replySource: Address;
  readonly replySourcePort: number;
  /** Whether the destination sees another address instead of the source. */
  readonly isMasqueraded: boolean;
};

/**
 * A request for the flows of a protocol: all of UDP, and the unanswered ones of others. Kernels before 5.15 return more.
 */
export function flowsRequest(family: Family, protocol: Protocol): Uint8Array {
  const filter = [
    ...nestOf(filterAttribute, attributeOf(filterOriginal, uint32(filterByProtocol))),
    ...nestOf(original, nestOf(tupleProtocol, attributeOf(protocolNumber, [numbers[protocol]]))),
  ];
  const unanswered = [...attributeOf(status, networkUint32(0)), ...attributeOf(statusMask, networkUint32(seenReply))];
  return request("conntrack", getFlow, "dump", family, protocol === "udp" ? filter : [...filter, ...unanswered]);
}

/**
 * Returns a function that gives the flow in a message, if the `flowsRequest` asked for it. There may be hundreds of
 * thousands.
 */
export function flowReader(protocol: Protocol): (message: Message) => Flow | undefined {
  const addressAt = addressReader();
  return ({ view, start, end }) => {
    const own = { start, end };
    const directions = directionsOf(view, own);
    if (directions === undefined || directions.there.number !== numbers[protocol]) return undefined;
    const { there, back } = directions;
    if (protocol !== "udp" && !isFirstPacket(view, own, protocol)) return undefined;
    const isMasqueraded = !haveSameBytes(
      view,
      there.source.start,
      view,
      back.destination.start,
      lengthOf(there.source),
    );
    return {
      protocol,
      source: addressAt(view, there.source),
      sourcePort: there.sourcePort,
      destination: addressAt(view, there.destination),
      destinationPort: there.destinationPort,
      replySource: addressAt(view, back.source),
      replySourcePort: back.sourcePort,
      isMasqueraded,
    };
  };
}

/**
 * A request to delete the flow in a message, but not one that has replaced it: the kernel derives `id` from the first
 * tuple and the flow's place in memory, and a flow to another endpoint may have the same.
 */
export function deleteRequest({ view, start, end }: Message, family: Family): Uint8Array {
  const own = { start, end };
  const [tuple, number] = [attribute(view, own, replyTuple), attribute(view, own, id)];
  // Without a tuple, the kernel would delete all flows.
  if (tuple === undefined || number === undefined) throw new RangeError("not a flow");
  const attributes = [...nestOf(replyTuple, bytesOf(view, tuple)), ...attributeOf(id, bytesOf(view, number))];
  return request("conntrack", deleteFlow, "acknowledge", family, attributes);
}

/** Whether only a client's first packet, and retries of it, have been seen. */
function isFirstPacket(view: DataView, own: Attribute, protocol: "tcp" | "sctp"): boolean {
  const flags = attribute(view, own, status);
  if (flags === undefined) return false;
  return (view.getUint32(flags.start) & seenReply) === 0 && stateNumber(view, own, protocol) === states[protocol].first;
}

function lengthOf({ start, end }: Attribute): number {
  return end - start;
}

const getFlow = 1;
const deleteFlow = 2;

const id = 12;
const filterAttribute = 25;
const statusMask = 26;

const filterOriginal = 1;
/** CTA_FILTER_FLAG(CTA_PROTO_NUM) */
const filterByProtocol = 8;
