/** Those who answer: everybody who calls is told who answered, where, and what source address was seen. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { BlockList, createServer } from "node:net";
import type { Answer, Listener } from "../messages.ts";
import { type Packet, protocols } from "../packet/ip.ts";
import { readSctp, writeInitAck } from "../packet/sctp.ts";
import {
  addresses,
  externalCIDRs,
  familyOf,
  type Host,
  hostOf,
  loadBalancerCIDRs,
  type Place,
  places,
  serviceCIDRs,
} from "../world.ts";
import { sendRaw } from "./raw.ts";

export async function listen(host: Host, listeners: readonly Listener[]): Promise<Record<string, never>> {
  await Promise.all(listeners.flatMap((listener) => [listenTcp(host, listener), listenUdp(host, listener)]));
  return {};
}

/** Says its answer on each new connection, and again for whatever is sent. */
async function listenTcp(host: Host, { address, port }: Listener): Promise<void> {
  const by = placeAt(host, address);
  const server = createServer((socket) => {
    const answer = answerText({ by, port, source: socket.remoteAddress ?? "", sourcePort: socket.remotePort ?? 0 });
    socket.on("error", () => {}); // a client that resets the connection has had enough
    socket.on("data", () => socket.write(answer));
    socket.write(answer);
  });
  server.listen({ host: address, port, backlog: 4096 });
  await once(server, "listening");
}

/** A reply comes from the address that was called, as each has a socket of its own. */
async function listenUdp(host: Host, { address, port }: Listener): Promise<void> {
  const by = placeAt(host, address);
  const socket = createSocket(familyOf(address) === 4 ? "udp4" : "udp6");
  socket.on("message", (_, from) => {
    socket.send(answerText({ by, port, source: from.address, sourcePort: from.port }), from.port, from.address);
  });
  socket.bind({ address, port, exclusive: true });
  await once(socket, "listening");
}

/** Answers SCTP on every port. The answerer of `outside` has one address, from which conntrack translates back. */
export function answerInits(host: Host): (packet: Packet) => void {
  const own = places.filter((place) => hostOf(place) === host).flatMap((place) => addresses[place]);
  return (packet) => {
    const init = packet.protocol === protocols.sctp ? readSctp(packet.payload) : undefined;
    const adopted = host === "outside" && isVirtual(packet.destination);
    if (init?.kind === "init" && (adopted || own.includes(packet.destination))) {
      const family = familyOf(packet.destination);
      const from = adopted ? own.find((address) => familyOf(address) === family) : packet.destination;
      const by = placeAt(host, packet.destination);
      const cookie = answerText({ by, port: init.port, source: packet.source, sourcePort: init.sourcePort });
      void sendRaw("sctp", writeInitAck(init, cookie), packet.source, from);
    }
  };
}

function answerText(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** A host is a place too, which owns all its addresses that have no other owner. */
function placeAt(host: Host, address: string): Place {
  return places.find((place) => hostOf(place) === host && addresses[place].includes(address)) ?? host;
}

const virtual = new BlockList();
for (const cidr of [...serviceCIDRs, ...loadBalancerCIDRs, ...externalCIDRs]) {
  const [network = "", length = ""] = cidr.split("/");
  virtual.addSubnet(network, Number(length), familyOf(network) === 4 ? "ipv4" : "ipv6");
}

function isVirtual(address: string): boolean {
  return virtual.check(address, familyOf(address) === 4 ? "ipv4" : "ipv6");
}
