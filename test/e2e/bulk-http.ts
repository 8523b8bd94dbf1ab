// Run in a network namespace. `server PORT`: what is sent comes back as its length, and GET /LENGTH gives so many bytes.
// `client URL...`: sends and gets 100 MB at each URL over one connection that is kept, and writes what became of it.
import { Agent, createServer, request } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const bytes = 100_000_000;
const chunk = Buffer.alloc(65_536, "kube-nft");

function* body(length: number): Generator<Buffer> {
  for (let rest = length; rest > 0; rest -= chunk.length) yield rest < chunk.length ? chunk.subarray(0, rest) : chunk;
}

async function lengthOf(stream: Readable): Promise<number> {
  let length = 0;
  for await (const part of stream) length += part.length;
  return length;
}

const [mode, ...args] = process.argv.slice(2);
if (mode === "server") {
  const server = createServer(async (incoming, response) => {
    const { method, url = "" } = incoming;
    if (method === "GET") await pipeline(Readable.from(body(Number(url.slice(1)))), response).catch(() => undefined);
    else response.end(String(await lengthOf(incoming)));
  });
  server.listen(Number(args[0]), "::", () => process.stdout.write("listening\n"));
} else {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (const url of args) {
    const ports = new Set<number | undefined>();
    const call = (method: string, path: string, sent: Readable | undefined) =>
      new Promise<Readable>((resolve, reject) => {
        const call = request(`${url}${path}`, { method, agent }, resolve).on("error", reject);
        call.once("socket", (socket) => {
          if (socket.connecting) socket.once("connect", () => ports.add(socket.localPort));
          else ports.add(socket.localPort);
        });
        if (sent === undefined) call.end();
        else void pipeline(sent, call).catch(reject);
      });
    const began = performance.now();
    const put = String(await (await call("PUT", "/", Readable.from(body(bytes)))).toArray());
    const got = await lengthOf(await call("GET", `/${bytes}`, undefined));
    const again = await lengthOf(await call("GET", "/7", undefined));
    const milliseconds = Math.round(performance.now() - began);
    process.stdout.write(`${JSON.stringify({ url, put, got, again, connections: ports.size, milliseconds })}\n`);
  }
  process.exit();
}
