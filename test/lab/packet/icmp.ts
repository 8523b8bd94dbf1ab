/** Pings and ICMP errors of both families. */

import { type Packet, protocols, readPacket } from "./ip.ts";

export type Icmp =
  | { readonly kind: "reply"; readonly id: number }
  /** An error about the packet `about`, as we sent it: conntrack has translated it back. */
  | { readonly kind: "error"; readonly meaning: string; readonly about: Packet };

/** A ping. The kernel fills in the checksum of ICMPv6, which covers addresses too, but not that of ICMP. */
export function writeEcho(family: 4 | 6, id: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt8(family === 4 ? 8 : 128, 0);
  bytes.writeUInt16BE(id, 4);
  bytes.writeUInt16BE(1, 6);
  if (family === 4) {
    bytes.writeUInt16BE(checksum(bytes), 2);
  }
  return bytes;
}

export function readIcmp(packet: Packet): Icmp | undefined {
  const { payload } = packet;
  if (payload.length < 8) {
    return undefined;
  }
  const type = payload.readUInt8(0);
  if (type === (packet.protocol === protocols.icmp ? 0 : 129)) {
    return { kind: "reply", id: payload.readUInt16BE(4) };
  }
  const meaning = meanings[`${packet.protocol}/${type}/${payload.readUInt8(1)}`];
  const about = readPacket(payload.subarray(8));
  return meaning && about ? { kind: "error", meaning, about } : undefined;
}

/** By protocol, type and code. "Protocol unreachable" is left out: kernels without SCTP say so about every SCTP packet. */
const meanings: Readonly<Record<string, string>> = {
  "1/3/0": "ENETUNREACH",
  "1/3/1": "EHOSTUNREACH",
  "1/3/3": "port unreachable",
  "1/3/9": "network prohibited",
  "1/3/10": "host prohibited",
  "1/3/13": "prohibited",
  "1/11/0": "time exceeded",
  "58/1/0": "ENETUNREACH",
  "58/1/1": "prohibited",
  "58/1/3": "EHOSTUNREACH",
  "58/1/4": "port unreachable",
  "58/3/0": "time exceeded",
};

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += bytes.readUInt16BE(at);
  }
  return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
}
