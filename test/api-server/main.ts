/**
 * The API server for tests as a process of its own. It writes a line `{"url", "token"}` when it listens, then answers each
 * line `{"id", "method", "args"}` on its standard input with `{"id", "result" or "error", "at"}`. It ends with its input.
 *
 * With `--kubeconfig FOLDER`, it also writes a kubeconfig there, for who wants to try an agent.
 *
 *     node test/api-server/main.ts --services 10000 --endpoints 10
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { startAPIServer } from "./api-server.ts";
import { generateCluster } from "./generate.ts";
import { type Call, type Ready, type Reply, remoteMethods } from "./remote.ts";

const { values } = parseArgs({
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "0" },
    history: { type: "string", default: "1000" },
    bookmarks: { type: "string", default: "60000" },
    services: { type: "string", default: "0" },
    endpoints: { type: "string", default: "0" },
    nodes: { type: "string", default: "10" },
    kubeconfig: { type: "string" },
  },
});

const server = await startAPIServer({
  host: values.host,
  port: Number(values.port),
  historyLimit: Number(values.history),
  bookmarkMs: Number(values.bookmarks),
});
const size = {
  services: Number(values.services),
  endpointsPerService: Number(values.endpoints),
  nodes: Number(values.nodes),
};
if (size.services > 0) for (const object of generateCluster(size)) server.put(object);
if (values.kubeconfig !== undefined) await server.writeKubeconfig(values.kubeconfig);
write({ url: server.url, token: server.token });

for await (const line of createInterface({ input: process.stdin })) {
  void reply(JSON.parse(line) as Call);
}
await server.stop();

async function reply({ id, method, args }: Call): Promise<void> {
  const done = (outcome: object) => write({ id, ...outcome, at: String(process.hrtime.bigint()) });
  try {
    if (!remoteMethods.includes(method)) throw new Error(`there is no method ${method}`);
    const call = server[method] as (...args: readonly unknown[]) => unknown;
    done({ result: await call.apply(server, [...args]) });
  } catch (error) {
    done({ error: String(error) });
  }
}

function write(line: Ready | Reply): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
