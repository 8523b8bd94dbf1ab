import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { createConnection, createServer, type Server, type Socket } from "node:net";

export type Response = { readonly code: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type RequestOptions = {
  readonly host?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepAlive?: boolean;
  readonly agent?: Agent;
};

/** One HTTP request to this machine. Rejects if there is no answer. */
export function request(port: number, path: string, options: RequestOptions = {}): Promise<Response> {
  const {
    host = "127.0.0.1",
    method = "GET",
    body: sentBody,
    headers = {},
    keepAlive = false,
    agent = new Agent({ keepAlive }),
  } = options;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host, port, path, method, headers, agent, timeout: 10_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
      response.on("end", () => resolve({ code: response.statusCode ?? 0, headers: response.headers, body }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(sentBody);
  });
}

/** A connection to this machine: `ask` sends a request, `rest` is everything received until it ends or is closed. */
export type Client = { readonly socket: Socket; readonly ask: () => void; readonly rest: () => Promise<string> };

export function connect(port: number, localAddress = "127.0.0.1"): Promise<Client> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, localAddress });
    const ask = () => void socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
    const rest = async () => {
      let read = "";
      try {
        for await (const bytes of socket) read += bytes;
      } catch {
        // It was reset.
      }
      return read;
    };
    socket.on("error", reject);
    socket.once("connect", () => resolve({ socket, ask, rest }));
  });
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server, 0, "0.0.0.0");
  const bound = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof bound === "object" && bound ? bound.port : 0;
}

export function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
}
