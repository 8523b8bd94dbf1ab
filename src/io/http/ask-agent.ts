import { type IncomingMessage, request } from "node:http";
import { agentSocket, observerSocket } from "./agent-socket.ts";

/** No agent in this network namespace answered; the message says why, for people. */
export class NoAgentError extends Error {
  override readonly name = "NoAgentError";
}

/**
 * The agent's answer, in parts. Rejects with a NoAgentError if none runs here, or if the answer is not from an agent of
 * the same version. Rejects with an Error with the agent's words if it cannot answer the question.
 */
export async function* askAgent(version: string, path: string, method: Method = "GET"): AsyncGenerator<string> {
  const response = await responseTo(path, method);
  response.setEncoding("utf8");
  const { statusCode = 0, headers } = response;
  const server = String(headers["server"]);
  if (server !== `kube-nft/${version}`) {
    response.destroy();
    const [, other] = /^kube-nft\/(\S+)$/.exec(server) ?? [];
    throw new NoAgentError(
      other === undefined
        ? "what listens on the socket @kube-nft of this network namespace is not an agent that answers questions"
        : `the agent here is kube-nft ${other}, and this is ${version}: use the agent's version to ask it`,
    );
  }
  if (statusCode === 200) {
    yield* response;
    return;
  }
  const text = await whole(response);
  throw new Error(/^\{"error":/.test(text) ? String(JSON.parse(text).error) : `the agent answers with ${statusCode}`);
}

/** The agent's answer as JSON. It is not validated, as the agent has our version. */
export async function askAgentJSON<T>(version: string, path: string, method: Method = "GET"): Promise<T> {
  const text = await whole(askAgent(version, path, method));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new NoAgentError("the agent's answer was cut off", { cause });
  }
}

async function whole(parts: AsyncIterable<string>): Promise<string> {
  const all: string[] = [];
  for await (const part of parts) all.push(part);
  return all.join("");
}

type Method = "GET" | "PUT";

/** Where no agent serves, one that only observes is asked. */
async function responseTo(path: string, method: Method): Promise<IncomingMessage> {
  try {
    return await responseAt(agentSocket, path, method);
  } catch (error) {
    const isNobody = error instanceof NoAgentError && isRefused(error.cause);
    if (!isNobody) throw error;
    return await responseAt(observerSocket, path, method).catch((second) => {
      throw isRefused(second.cause) ? error : second;
    });
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ECONNREFUSED";
}

function responseAt(socketPath: string, path: string, method: Method): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { Host: "localhost" };
    const sent = request({ socketPath, method, path, headers, agent: false, timeout: patienceMs }, resolve);
    sent.on("timeout", () => sent.destroy(new Error("it does not answer")));
    sent.on("error", (cause: NodeJS.ErrnoException) => {
      const name = socketPath.replace("\0", "@");
      const message = isRefused(cause)
        ? `no agent runs here: nothing listens on the socket ${name} of this network namespace`
        : `cannot ask the agent on the socket ${name}: ${cause.message}`;
      reject(new NoAgentError(message, { cause }));
    });
    sent.end();
  });
}

const patienceMs = 10_000;
