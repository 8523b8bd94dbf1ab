import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Lab, type OpenConnection, type Probe, placeIn } from "./lab.ts";
import { addresses, familyOf, hostOf } from "./world.ts";

/** A TCP packet that does not fit into its connection: its flags, and how far it is ahead of what the connection expects. */
export type OddPacket = {
  readonly what: string;
  /** Letters of FSRPAU, or `-` for none. */
  readonly flags: string;
  readonly ahead: number;
  readonly ackAhead: number;
  readonly bytes: number;
};

const far = 10_000_000;

export const oddPackets: readonly [OddPacket, ...OddPacket[]] = [
  { what: "data far ahead", flags: "PA", ahead: far, ackAhead: 0, bytes: 10 },
  { what: "data far behind", flags: "PA", ahead: -far, ackAhead: 0, bytes: 10 },
  { what: "an acknowledgement of what was never sent", flags: "A", ahead: 0, ackAhead: far, bytes: 0 },
  { what: "an end far ahead", flags: "FA", ahead: far, ackAhead: 0, bytes: 0 },
  { what: "a reset far ahead", flags: "R", ahead: far, ackAhead: 0, bytes: 0 },
  { what: "SYN and ACK far ahead", flags: "SA", ahead: far, ackAhead: 0, bytes: 0 },
  { what: "no flags", flags: "-", ahead: 0, ackAhead: 0, bytes: 10 },
  { what: "SYN and FIN", flags: "SF", ahead: 0, ackAhead: 0, bytes: 0 },
  { what: "FIN, PSH and URG", flags: "FPU", ahead: 0, ackAhead: 0, bytes: 10 },
];

export type Connection = OpenConnection & {
  readonly probe: Probe & { readonly port: number; readonly sourcePort: number };
};

/** Sends it as one of the ends of a connection, which talks now and then meanwhile. */
export async function sendOdd(
  lab: Lab,
  { outcome, probe, again }: Connection,
  odd: OddPacket,
  by: "client" | "server",
) {
  if (outcome.kind !== "answered") throw new Error(`no connection: ${JSON.stringify(outcome)}`);
  const client = probe.from.slice(placeIn(probe.from).length + 1);
  const server = addresses[outcome.by].find((address) => familyOf(address) === familyOf(probe.to)) ?? "";
  const ends =
    by === "client"
      ? [client, probe.sourcePort, probe.to, probe.port]
      : [server, outcome.port, outcome.source, outcome.sourcePort];
  const host = hostOf(by === "client" ? placeIn(probe.from) : outcome.by);
  const numbers = [odd.flags, odd.ahead, odd.ackAhead, odd.bytes];
  let isSent = false;
  const sent = lab.run(host, ["perl", program, ...[...ends, ...numbers].map(String)]).finally(() => {
    isSent = true;
  });
  while (!isSent) {
    await again();
    await Promise.race([sent, sleep(400)]);
  }
  const { exitCode, stderr } = await sent;
  if (exitCode !== 0) throw new Error(`${odd.what} of the ${by}: ${stderr}`);
}

const program = fileURLToPath(new URL("odd-packet.pl", import.meta.url));
