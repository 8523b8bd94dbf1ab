/** A stand-in for SCTP sockets: two raw ones of socat, which get what NAT and filters have let through to this host. */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { canonical, type Packet, protocols } from "../packet/ip.ts";
import { type Companion, startCompanion } from "./companion.ts";

/** Calls back with every SCTP packet for this host. Ready when the promise is. */
export async function receiveSctp(see: (packet: Packet) => void): Promise<readonly Companion[]> {
  const sockets = receivers.map((receiver) => startCompanion("socat", ["-u", ...receiver]));
  for (const { stdout } of sockets) {
    createInterface(stdout).on("line", (line) => see(packetIn(line)));
  }
  await Promise.race([untilOpen(), ...sockets.map(({ failure }) => failure)]);
  return sockets;
}

/** For each packet socat runs a shell, which writes a line: source, destination and the bytes, without the IP header. */
const receivers = [
  ["IP4-RECVFROM:132,ip-pktinfo,fork", "SYSTEM:echo $SOCAT_PEERADDR $SOCAT_IP_DSTADDR $(od -An -v -tx1)"],
  ["IP6-RECVFROM:132,ipv6-recvpktinfo,fork", "SYSTEM:echo $SOCAT_PEERADDR $SOCAT_IPV6_DSTADDR $(od -An -v -tx1)"],
];

function packetIn(line: string): Packet {
  const [source = "", destination = "", ...bytes] = line.split(" ");
  return {
    protocol: protocols.sctp,
    source: canonical(source),
    destination: canonical(destination),
    payload: Buffer.from(bytes.join(""), "hex"),
  };
}

async function untilOpen(): Promise<void> {
  for (const deadline = Date.now() + 5000; !areOpen(); await sleep(5)) {
    if (Date.now() > deadline) {
      throw new Error("socat opens no raw sockets");
    }
  }
}

/** The kernel lists raw sockets with their protocol in hexadecimal. */
function areOpen(): boolean {
  return ["/proc/net/raw", "/proc/net/raw6"].every((path) => readFileSync(path, "utf8").includes(":0084 "));
}
