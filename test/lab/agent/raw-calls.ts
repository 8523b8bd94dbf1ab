/** The two protocols for which there are no sockets: a raw packet goes out, and the watch sees what comes back. */

import type { Outcome } from "../messages.ts";
import { writeEcho } from "../packet/icmp.ts";
import { protocols } from "../packet/ip.ts";
import { writeInit } from "../packet/sctp.ts";
import type { Sighting } from "../packet/sighting.ts";
import { addresses, familyOf, places } from "../world.ts";
import { answered, type Call, unanswered, within } from "./call.ts";
import type { RawSockets } from "./raw.ts";

export async function callSctp(call: Call, raw: RawSockets, sighted: Promise<Sighting>): Promise<Outcome> {
  const payload = writeInit({ sourcePort: call.sourcePort, port: call.port, tag });
  const sighting = await exchange(call, raw, protocols.sctp, payload, sighted);
  if (sighting?.kind === "ack") {
    return sighting.from === call.to ? answered(call, sighting.cookie) : strange(sighting.from);
  }
  return unanswered(sighting);
}

/** The source port is the echo id. */
export async function ping(call: Call, raw: RawSockets, sighted: Promise<Sighting>): Promise<Outcome> {
  const family = familyOf(call.to);
  const payload = writeEcho(family, call.sourcePort);
  const sighting = await exchange(call, raw, family === 4 ? protocols.icmp : protocols.icmp6, payload, sighted);
  if (sighting?.kind === "echo") {
    const by = places.find((place) => addresses[place].includes(call.to)) ?? "outside";
    return sighting.from === call.to ? { kind: "echoed", by } : strange(sighting.from);
  }
  return unanswered(sighting);
}

/** An answer that was not translated back. Who uses TCP or UDP never sees it and thinks that the packet was dropped. */
function strange(from: string): Outcome {
  return { kind: "failed", code: `answer from ${from}` };
}

/** Any number but 0 would do. */
const tag = 0x6b756265;

/** What is sighted first, if anything; an error on sending is a sighting too. */
async function exchange(
  { source, to, patience }: Call,
  raw: RawSockets,
  protocol: number,
  payload: Buffer,
  sighted: Promise<Sighting>,
): Promise<Sighting | undefined> {
  const error = await raw.send({ protocol, source, destination: to, payload });
  // EPERM says that a rule stopped the packet. Whether it was refused or dropped, the ICMP error or its absence shows.
  return error === undefined || error === "EPERM" ? within(sighted, patience) : { kind: "error", meaning: error };
}
