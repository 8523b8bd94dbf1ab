/** The two protocols for which there are no sockets: a raw packet goes out, and the watch sees what comes back. */

import type { Outcome } from "../messages.ts";
import { writeEcho } from "../packet/icmp.ts";
import { writeInit } from "../packet/sctp.ts";
import type { Sighting } from "../packet/sighting.ts";
import { addresses, familyOf, places } from "../world.ts";
import { answered, type Call, unanswered, within } from "./call.ts";
import { sendRaw } from "./raw.ts";

export async function callSctp(call: Call, sighted: Promise<Sighting>): Promise<Outcome> {
  const init = writeInit({ sourcePort: call.sourcePort, port: call.port, tag: 0x6b756265 });
  const failure = await sendRaw("sctp", init, call.to, call.source);
  if (isFinal(failure)) {
    return { kind: "failed", code: failure };
  }
  const sighting = await within(sighted, call.patience);
  return sighting?.kind === "ack" ? answered(call, sighting.cookie) : unanswered(sighting);
}

/** The source port is the echo id. */
export async function ping(call: Call, sighted: Promise<Sighting>): Promise<Outcome> {
  const failure = await sendRaw("icmp", writeEcho(familyOf(call.to), call.sourcePort), call.to, call.source);
  if (isFinal(failure)) {
    return { kind: "failed", code: failure };
  }
  const sighting = await within(sighted, call.patience);
  if (sighting?.kind === "echo") {
    return { kind: "echoed", by: places.find((place) => addresses[place].includes(call.to)) ?? "outside" };
  }
  return unanswered(sighting);
}

/** EPERM says that a rule stopped the packet. Whether it was refused or dropped, the ICMP error or its absence shows. */
function isFinal(failure: string | undefined): failure is string {
  return failure !== undefined && failure !== "EPERM";
}
