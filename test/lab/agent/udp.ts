import { createSocket, type Socket } from "node:dgram";
import type { Outcome } from "../messages.ts";
import { familyOf } from "../world.ts";
import { answered, type Call, codeOf, within } from "./call.ts";

/** Sends one datagram from a connected socket, which takes only the answer of the address that was called. */
export async function callUdp(call: Call): Promise<Outcome> {
  const socket = createSocket(familyOf(call.to) === 4 ? "udp4" : "udp6");
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  socket.on("message", (message) => resolve(answered(call, message.toString())));
  socket.on("error", (error) => resolve(outcomeOf(error)));
  try {
    socket.bind({ address: call.source, port: call.sourcePort, exclusive: true }, () =>
      socket.connect(call.port, call.to, () => send(socket, resolve)),
    );
    return (await within(promise, call.patience)) ?? { kind: "dropped" };
  } finally {
    socket.close();
  }
}

/** EPERM says that a rule stopped the datagram. Whether it was refused or dropped, the ICMP error or its absence shows. */
function send(socket: Socket, resolve: (outcome: Outcome) => void): void {
  socket.send("?", (error) => {
    if (error && codeOf(error) !== "EPERM") {
      resolve(outcomeOf(error));
    }
  });
}

function outcomeOf(error: Error): Outcome {
  const code = codeOf(error);
  return code === "ECONNREFUSED" ? { kind: "refused", with: "port unreachable" } : { kind: "failed", code };
}

/** The address from which the kernel would send to this one; undefined without a route. Nothing is sent. */
export async function sourceTowards(address: string): Promise<string | undefined> {
  const socket = createSocket(familyOf(address) === 4 ? "udp4" : "udp6");
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.on("error", () => resolve(undefined));
  socket.connect(9, address, (error?: Error) => resolve(error ? undefined : socket.address().address));
  try {
    return await promise;
  } finally {
    socket.close();
  }
}
