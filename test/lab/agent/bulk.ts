import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { familyOf } from "../world.ts";
import { type Call, codeOf, within } from "./call.ts";

/** Sends bytes to a listener that sends them back. Resolves with `whole`, or with what happened instead. */
export async function bulk(call: Call, bytes: number): Promise<string> {
  const payload = randomBytes(bytes);
  const back = await within(call.protocol === "udp" ? udpEcho(call, payload) : tcpEcho(call, payload), call.patience);
  if (back === undefined) return "dropped";
  if (typeof back === "string") return back;
  return back.equals(payload) ? "whole" : `${back.length} of ${bytes} bytes`;
}

/** What comes back over a connection, or an error code. */
function tcpEcho({ source, sourcePort, to, port }: Call, payload: Buffer): Promise<Buffer | string> {
  return new Promise((resolve) => {
    const socket = connect({ host: to, port, localAddress: source, localPort: sourcePort });
    const pieces: Buffer[] = [];
    socket.on("data", (piece) => pieces.push(piece));
    socket.on("error", (error) => resolve(codeOf(error)));
    socket.on("end", () => resolve(Buffer.concat(pieces)));
    socket.end(payload);
  });
}

/** The datagram that comes back, or an error code. */
async function udpEcho({ source, sourcePort, to, port }: Call, payload: Buffer): Promise<Buffer | string> {
  const socket = createSocket(familyOf(to) === 4 ? "udp4" : "udp6");
  const { promise, resolve } = Promise.withResolvers<Buffer | string>();
  socket.on("message", resolve);
  socket.on("error", (error) => resolve(codeOf(error)));
  socket.bind({ address: source, port: sourcePort, exclusive: true }, () =>
    socket.connect(port, to, () => socket.send(payload, (error) => error && resolve(codeOf(error)))),
  );
  try {
    return await promise;
  } finally {
    socket.close();
  }
}
