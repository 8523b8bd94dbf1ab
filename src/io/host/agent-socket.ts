import { createServer } from "node:http";
import { connect } from "node:net";
import { systemClock } from "./clock.ts";

/** An abstract socket belongs to a network namespace, as tables do, is seen from every container in it, and has no file to be left. */
const name = "\0kube-nft";

/** Whether an agent runs in this network namespace. */
export function isAgentHere(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Nobody listens there; of every other error, somebody's being there is the cause.
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

/**
 * Holds the socket by which others see that an agent runs here, until the signal is aborted. Where another process has it,
 * it is tried again and again, and the first failure is told. Everybody on the node may connect, so nobody learns anything.
 */
export async function holdAgentSocket(onTaken: (error: Error) => void, signal: AbortSignal): Promise<void> {
  let isTold = false;
  while (!signal.aborted) {
    const error = await hold(signal);
    if (error === undefined) return;
    if (!isTold) onTaken(error);
    isTold = true;
    await systemClock.sleep(5000, signal);
  }
}

/** Resolves when the signal is aborted, or to the reason why the socket cannot be had. */
function hold(signal: AbortSignal): Promise<Error | undefined> {
  const server = createServer(limits, (_, response) => response.writeHead(404, { Connection: "close" }).end());
  server.maxConnections = 20;
  server.maxRequestsPerSocket = 1;
  const ended = new Promise<Error | undefined>((resolve) => {
    server.on("error", ({ code }: NodeJS.ErrnoException) => resolve(new Error(`cannot listen at @kube-nft: ${code}`)));
    server.on("close", () => resolve(undefined));
  });
  const stop = () => server.close().closeAllConnections();
  signal.addEventListener("abort", stop);
  server.listen(name);
  return ended.finally(() => signal.removeEventListener("abort", stop));
}

const limits = { requestTimeout: 10_000, headersTimeout: 10_000, connectionsCheckingInterval: 5000 };
