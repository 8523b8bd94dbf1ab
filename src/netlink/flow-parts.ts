import { type Address, addressOfBytes } from "../model/address.ts";
import type { Protocol } from "../model/port.ts";
import { type Attribute, attribute } from "./message.ts";

/** One direction of a flow. */
export type Tuple = {
  readonly source: Attribute;
  readonly destination: Attribute;
  readonly number: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
};

/** Both directions of a flow; undefined if it is in a zone, or one of them has no ports. */
export function directionsOf(
  view: DataView,
  own: Attribute,
): { readonly there: Tuple; readonly back: Tuple } | undefined {
  const first = attribute(view, own, original);
  const reply = attribute(view, own, replyTuple);
  const there = first && tupleOf(view, first);
  const back = reply && tupleOf(view, reply);
  if (there === undefined || back === undefined || attribute(view, own, zone) !== undefined) return undefined;
  return { there, back };
}

/** The number of a connection's state, as its protocol counts them. */
export function stateNumber(view: DataView, own: Attribute, protocol: "tcp" | "sctp"): number | undefined {
  const information = attribute(view, own, protocolInformation);
  const known = information && attribute(view, information, states[protocol].attribute);
  const state = known && attribute(view, known, 1);
  return state && view.getUint8(state.start);
}

/** Undefined if it is in a zone, or has no ports. */
function tupleOf(view: DataView, tuple: Attribute): Tuple | undefined {
  const ip = attribute(view, tuple, tupleAddresses);
  const transport = attribute(view, tuple, tupleProtocol);
  const isInZone = attribute(view, tuple, tupleZone) !== undefined;
  if (ip === undefined || transport === undefined || isInZone) return undefined;
  const source = attribute(view, ip, ipv4Source) ?? attribute(view, ip, ipv6Source);
  const destination = attribute(view, ip, ipv4Destination) ?? attribute(view, ip, ipv6Destination);
  const number = attribute(view, transport, protocolNumber);
  const from = attribute(view, transport, sourcePort);
  const to = attribute(view, transport, destinationPort);
  if (source === undefined || destination === undefined || !number || !from || !to) return undefined;
  return {
    source,
    destination,
    number: view.getUint8(number.start),
    sourcePort: view.getUint16(from.start),
    destinationPort: view.getUint16(to.start),
  };
}

/** Returns a function that gives the address in an attribute. It caches some, as making the text is slow. */
export function addressReader(): (view: DataView, part: Attribute) => Address {
  const known = new Map<string, Address>();
  return (view, part) => {
    let words = "";
    for (let at = part.start; at < part.end; at += 2) words += String.fromCharCode(view.getUint16(at));
    const address = known.get(words) ?? addressOfBytes([...bytesOf(view, part)]);
    if (known.size > mostKnown) known.clear();
    known.set(words, address);
    return address;
  };
}

const mostKnown = 10_000;

export function bytesOf({ buffer, byteOffset }: DataView, { start, end }: Attribute): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, end - start);
}

/** The attributes of a flow: enum ctattr_type of linux/netfilter/nfnetlink_conntrack.h. */
export const original = 1;
export const replyTuple = 2;
export const status = 3;
const protocolInformation = 4;
const zone = 18;

const tupleAddresses = 1;
export const tupleProtocol = 2;
const tupleZone = 3;
const ipv4Source = 1;
const ipv4Destination = 2;
const ipv6Source = 3;
const ipv6Destination = 4;
export const protocolNumber = 1;
const sourcePort = 2;
const destinationPort = 3;

/** IPS_SEEN_REPLY */
export const seenReply = 2;

export const numbers: Readonly<Record<Protocol, number>> = { tcp: 6, udp: 17, sctp: 132 };

/** Where a message has the state of a connection, and the state after a first packet: SYN_SENT, COOKIE_WAIT. */
export const states = { tcp: { attribute: 1, first: 1 }, sctp: { attribute: 3, first: 2 } } as const;
