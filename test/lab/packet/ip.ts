/** Reading IP packets. */

import { SocketAddress } from "node:net";

export interface Packet {
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly payload: Buffer;
}

export const protocols = { icmp: 1, tcp: 6, icmp6: 58, sctp: 132 } as const;

/** Undefined for anything but a whole header. IPv6 extension headers are not followed: nobody here sends any. */
export function readPacket(bytes: Buffer): Packet | undefined {
  const version = bytes.length < 20 ? 0 : bytes.readUInt8(0) >> 4;
  if (version === 4) {
    return {
      protocol: bytes.readUInt8(9),
      source: bytes.subarray(12, 16).join("."),
      destination: bytes.subarray(16, 20).join("."),
      payload: bytes.subarray((bytes.readUInt8(0) & 15) * 4, bytes.readUInt16BE(2)),
    };
  }
  if (version === 6 && bytes.length >= 40) {
    return {
      protocol: bytes.readUInt8(6),
      source: ipv6(bytes.subarray(8, 24)),
      destination: ipv6(bytes.subarray(24, 40)),
      payload: bytes.subarray(40, 40 + bytes.readUInt16BE(4)),
    };
  }
  return undefined;
}

function ipv6(bytes: Buffer): string {
  const groups = bytes.toString("hex").match(/.{4}/g) ?? [];
  return new SocketAddress({ address: groups.join(":"), family: "ipv6" }).address;
}
