import { type Packet, readPacket } from "../packet/ip.ts";
import { type Companion, startCompanion } from "./companion.ts";

/**
 * Calls back with what arrives in this namespace and no socket of Node's would show: ICMP, and the resets of refused
 * connections. Ready when the promise is. Packets are seen before NAT, so a reset for a process of the node whose
 * connection was masqueraded is not recognised.
 */
export async function startCapture(see: (packet: Packet) => void): Promise<Companion> {
  const tcpdump = startCompanion("tcpdump", [...options, filter]);
  const started = Promise.withResolvers<void>();
  let rest = Buffer.alloc(0);
  let header = fileHeader;
  tcpdump.stdout.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (header > 0 && rest.length >= header) {
      rest = rest.subarray(header);
      header = 0;
      started.resolve();
    }
    while (header === 0 && rest.length >= recordHeader && rest.length >= recordHeader + rest.readUInt32LE(8)) {
      const record = rest.subarray(recordHeader, recordHeader + rest.readUInt32LE(8));
      rest = rest.subarray(recordHeader + record.length);
      // Packets that a bridge passes on are captured too, with the mark that they are for another host.
      const packet = record.readUInt16BE(0) === toThisHost ? readPacket(record.subarray(cookedHeader)) : undefined;
      if (packet) {
        see(packet);
      }
    }
  });
  await Promise.race([started.promise, tcpdump.failure]);
  return tcpdump;
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
  "tcp[13] & 4 != 0 and tcp[4:4] == 0",
  "ip6 proto 6 and ip6[53] & 4 != 0 and ip6[44:4] == 0",
]
  .map((term) => `(${term})`)
  .join(" or ");
