import { connect } from "node:net";
import type { Address } from "../../model/address.ts";

export type Place = { readonly address: Address; readonly port: number };

/** The result of a TCP connection to each place, in their order. Nothing is sent. */
export async function tryConnections(places: readonly Place[]): Promise<readonly ("yes" | "refused" | "silent")[]> {
  const outcomes: ("yes" | "refused" | "silent")[] = [];
  for (let at = 0; at < places.length; at += atOnce) {
    outcomes.push(...(await Promise.all(places.slice(at, at + atOnce).map(tryConnection))));
  }
  return outcomes;
}

const atOnce = 50;

function tryConnection({ address, port }: Place): Promise<"yes" | "refused" | "silent"> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (outcome: "yes" | "refused" | "silent") => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => end("silent"), patience);
    socket.on("connect", () => end("yes"));
    socket.on("error", ({ code }: NodeJS.ErrnoException) => end(code === "ECONNREFUSED" ? "refused" : "silent"));
  });
}

/** In milliseconds. */
const patience = 1000;
