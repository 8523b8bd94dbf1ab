import { connect } from "node:net";
import { type Answer, serve } from "./http.ts";

/**
 * An abstract socket belongs to a network namespace, as tables do. Every container in the namespace sees it, and it leaves
 * no file.
 */
export const agentSocket = "\0kube-nft";

/** That of an agent which only observes, beside which another may serve. */
export const observerSocket = "\0kube-nft-observe";

/** Whether an agent runs in this network namespace. */
export function isAgentHere(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(agentSocket);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Any other error means that something listens there.
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}

/**
 * Holds the socket that shows that an agent runs here, and on which it answers questions, until the signal is aborted.
 * While another process holds it, it retries. Everyone in the network namespace may connect, as over loopback.
 */
export function holdAgentSocket(
  path: string,
  answer: Answer,
  onTaken: (error: Error) => void,
  signal: AbortSignal,
): Promise<void> {
  const name = path.replace("\0", "@");
  const onFailure = ({ code }: NodeJS.ErrnoException) => onTaken(new Error(`cannot listen on ${name}: ${code}`));
  return serve({ path, answer, onFailure }, signal);
}
