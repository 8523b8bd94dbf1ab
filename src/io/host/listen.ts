import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A port, which leaves IPv4 to others if it is `ipv6Only` and the address is `::`; or a Unix socket. */
export type ListenAt =
  | { readonly address: string; readonly port: number; readonly ipv6Only?: boolean }
  | { readonly path: string };

export type ListenOptions = ListenAt & {
  readonly onConnection: (socket: Socket) => void;
  /** Whether nothing is read from a connection until it is resumed. */
  readonly pauseOnConnect?: boolean;
  readonly onListening?: () => void;
  /** It cannot listen, or had to stop; called again if the reason changes. */
  readonly onFailure: (error: Error) => void;
  /** Milliseconds from a failure to the next attempt. */
  readonly retryAfter?: number;
  /** Why the port must not be opened now; checked before each attempt. */
  readonly obstacle?: () => Error | undefined;
  /** The port is being closed. Its connections stay open. */
  readonly onStopping?: () => void;
};

/**
 * Accepts connections on an address until the signal is aborted, and resolves when all of them are closed.
 *
 * If a port is in use, or an address does not exist yet, it retries: the port may become free.
 */
export async function listen(options: ListenOptions, signal: AbortSignal): Promise<void> {
  let reported = "";
  const onListening = () => {
    reported = "";
    options.onListening?.();
  };
  while (!signal.aborted) {
    const failure = options.obstacle?.() ?? (await listenOnce({ ...options, onListening }, signal));
    if (failure === undefined || signal.aborted) continue;
    if (failure.message !== reported) options.onFailure(failure);
    reported = failure.message;
    await sleep(options.retryAfter ?? 5000, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Listens until the signal is aborted or an error occurs, to which it resolves. */
function listenOnce(options: ListenOptions, signal: AbortSignal): Promise<Error | undefined> {
  const { pauseOnConnect = false, onConnection, onListening, onStopping } = options;
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect }, onConnection);
  return new Promise((resolve) => {
    const stop = () => {
      server.close();
      onStopping?.();
    };
    signal.addEventListener("abort", stop, { once: true });
    server.on("listening", () => onListening?.());
    server.on("error", (error) => {
      // A connection that could not be accepted, because too many files are open, leaves the port open.
      if (server.listening) return;
      signal.removeEventListener("abort", stop);
      resolve(error);
    });
    server.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve(undefined);
    });
    if ("path" in options) server.listen(options.path);
    else server.listen({ host: options.address, port: options.port, ipv6Only: options.ipv6Only ?? false });
  });
}
