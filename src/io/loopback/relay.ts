import { connect, type Socket } from "node:net";

export type Target = { readonly address: string; readonly port: number };

/** A connection that is passed on. */
export type Relay = {
  /** Ends it at once, as a reset does. */
  readonly cut: () => void;
  /** Resolves when both sides are closed: with whether the endpoint was ever reached. */
  readonly ended: Promise<boolean>;
};

/**
 * Passes bytes between a client and an endpoint, in both directions, until both have said all. One side may end before the
 * other. What is not taken is not read any more. An error of one side is a reset for the other, so that nobody takes half
 * for the whole.
 *
 * @param client a connection of which nothing has been read
 */
export function relay(client: Socket, { address, port }: Target, patience = dialTimeout): Relay {
  const server = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
  const late = setTimeout(() => cut(), patience).unref();
  let isConnected = false;
  const cut = () => {
    clearTimeout(late);
    // A reset would wait until it is connected.
    if (server.connecting) server.destroy();
    for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy();
  };
  for (const socket of [client, server]) {
    socket.setKeepAlive(true, keepAlive);
    socket.on("error", cut);
  }
  server.once("connect", () => {
    clearTimeout(late);
    isConnected = true;
    client.pipe(server);
    server.pipe(client);
  });
  return { cut, ended: Promise.all([client, server].map(closed)).then(() => isConnected) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

/** As kube-proxy's, in milliseconds. */
const dialTimeout = 5000;

/** After so many milliseconds of silence, the kernel asks whether the other side is still there. */
const keepAlive = 15_000;
