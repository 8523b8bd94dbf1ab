/** What arrives in this namespace and no socket of Node's would show: ICMP, SCTP and the resets of refused connections. */

import { type ChildProcess, spawn } from "node:child_process";
import { type Packet, readPacket } from "../packet/ip.ts";

/** Calls back with every packet that arrives, also those to be forwarded. Ready when the promise is. */
export function startCapture(see: (packet: Packet) => void): Promise<ChildProcess> {
  const { promise, resolve, reject } = Promise.withResolvers<ChildProcess>();
  // Should the agent be killed, nobody else would end tcpdump: its parent's death does.
  const tcpdump = spawn("setpriv", ["--pdeathsig", "KILL", "tcpdump", ...options, filter], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  tcpdump.on("error", reject);
  tcpdump.on("exit", (code) => reject(new Error(`tcpdump ended with ${code}`)));
  let rest = Buffer.alloc(0);
  let start = fileHeader;
  tcpdump.stdout.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (start > 0 && rest.length >= start) {
      rest = rest.subarray(start);
      start = 0;
      resolve(tcpdump);
    }
    while (start === 0 && rest.length >= recordHeader && rest.length >= recordHeader + rest.readUInt32LE(8)) {
      const record = rest.subarray(recordHeader, recordHeader + rest.readUInt32LE(8));
      rest = rest.subarray(recordHeader + record.length);
      // Packets that a bridge passes on are captured too, with the mark that they are for another host.
      const packet = record.readUInt16BE(0) === toThisHost ? readPacket(record.subarray(cookedHeader)) : undefined;
      if (packet) {
        see(packet);
      }
    }
  });
  return promise;
}

/** Sizes in the pcap format, and in the "cooked" packets of the device `any`. */
const fileHeader = 24;
const recordHeader = 16;
const cookedHeader = 16;
const toThisHost = 0;

/** Every packet at once, incoming ones only, with a small buffer, on stdout. */
const options = "-n -q -Z root -B 512 -s 512 -U --immediate-mode -i any -y LINUX_SLL -Q in -w -".split(" ");

/** A reset that refuses a connection has the sequence number 0; one that ends a connection has not. */
const filter = [
  "icmp",
  "icmp6 and (ip6[40] < 128 or ip6[40] == 129)",
  "ip proto 132",
  "ip6 proto 132",
  "tcp[13] & 4 != 0 and tcp[4:4] == 0",
  "ip6 proto 6 and ip6[53] & 4 != 0 and ip6[44:4] == 0",
]
  .map((term) => `(${term})`)
  .join(" or ");
