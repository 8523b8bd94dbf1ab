/** Those who answer: everybody who calls is told who answered, where, and what source address was seen. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Answer, Listener } from "../messages.ts";
import { type Packet, protocols } from "../packet/ip.ts";
import { readSctp, writeInitAck } from "../packet/sctp.ts";
import { addresses, familyOf, type Host, hostOf, type Place, places } from "../world.ts";
import type { RawSockets } from "./raw.ts";

export async function listen(host: Host, listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.flatMap((listener) => [listenTcp(host, listener), listenUdp(host, listener)]));
}

/** Says its answer on each new connection, and again for whatever is sent; or sends everything back. */
async function listenTcp(host: Host, { address, port, isEcho }: Listener): Promise<void> {
  const by = placeAt(host, address);
  const server = createServer((socket) => {
    if (isEcho === true) {
      socket.on("error", () => {});
      socket.pipe(socket);
      return;
    }
    const answer = answerText({ by, port, source: socket.remoteAddress ?? "", sourcePort: socket.remotePort ?? 0 });
    socket.on("error", () => {}); // a client that resets the connection has had enough
    socket.on("data", () => socket.write(answer));
    socket.write(answer);
  });
  server.listen({ host: address, port, backlog: 4096 });
  await once(server, "listening");
}

/** A reply comes from the address that was called, as each has a socket of its own. */
async function listenUdp(host: Host, { address, port, isEcho }: Listener): Promise<void> {
  const by = placeAt(host, address);
  const socket = createSocket(familyOf(address) === 4 ? "udp4" : "udp6");
  socket.on("message", (message, from) => {
    const answer = answerText({ by, port, source: from.address, sourcePort: from.port });
    socket.send(isEcho === true ? message : answer, from.port, from.address);
  });
  socket.bind({ address, port, exclusive: true });
  await once(socket, "listening");
}

/** Answers SCTP on every port. */
export function answerSctp(host: Host, raw: RawSockets, { protocol, source, destination, payload }: Packet): void {
  const init = protocol === protocols.sctp ? readSctp(payload) : undefined;
  if (init?.kind === "init") {
    const by = placeAt(host, destination);
    const cookie = answerText({ by, port: init.port, source, sourcePort: init.sourcePort });
    void raw.send({ protocol, source: destination, destination: source, payload: writeInitAck(init, cookie) });
  }
}

function answerText(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** A host is a place too, which owns all its addresses that have no other owner. */
function placeAt(host: Host, address: string): Place {
  return places.find((place) => hostOf(place) === host && addresses[place].includes(address)) ?? host;
}
