import { readIcmp } from "./icmp.ts";
import { type Packet, protocols } from "./ip.ts";
import { readSctp } from "./sctp.ts";

/** What a packet that comes back says about an attempt. */
export type Sighting =
  | { readonly kind: "reset" }
  | { readonly kind: "error"; readonly meaning: string }
  | { readonly kind: "echo"; readonly from: string }
  | { readonly kind: "ack"; readonly from: string; readonly cookie: string };

/** The attempt that it is about: `port` is the source port, for ICMP the echo id. */
export interface Sighted {
  readonly protocol: "tcp" | "sctp" | "icmp";
  readonly port: number;
  readonly sighting: Sighting;
}

export function sightingIn(packet: Packet): Sighted | undefined {
  const { payload, source: from } = packet;
  switch (packet.protocol) {
    // No other TCP packets come this way.
    case protocols.tcp:
      return { protocol: "tcp", port: payload.readUInt16BE(2), sighting: { kind: "reset" } };
    case protocols.sctp: {
      const sctp = readSctp(payload);
      return sctp?.kind === "ack"
        ? { protocol: "sctp", port: sctp.port, sighting: { kind: "ack", from, cookie: sctp.cookie } }
        : undefined;
    }
    case protocols.icmp:
    case protocols.icmp6: {
      const icmp = readIcmp(packet);
      return icmp?.kind === "reply"
        ? { protocol: "icmp", port: icmp.id, sighting: { kind: "echo", from } }
        : icmp && sightingOfError(icmp.meaning, icmp.about);
    }
    default:
      return undefined;
  }
}

/** An ICMP error quotes at least eight bytes of the packet that it is about. */
function sightingOfError(meaning: string, { protocol, payload }: Packet): Sighted | undefined {
  if (payload.length < 8) {
    return undefined;
  }
  const sighting = { kind: "error", meaning } as const;
  switch (protocol) {
    case protocols.tcp:
      return { protocol: "tcp", port: payload.readUInt16BE(0), sighting };
    case protocols.sctp:
      return { protocol: "sctp", port: payload.readUInt16BE(0), sighting };
    case protocols.icmp:
    case protocols.icmp6:
      return { protocol: "icmp", port: payload.readUInt16BE(4), sighting };
    default:
      return undefined;
  }
}
