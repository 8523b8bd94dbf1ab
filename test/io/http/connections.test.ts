import { afterEach, expect, test } from "@jest/globals";
import { Connections } from "../../../src/io/http/connections.ts";
import { type Answer, serve } from "../../../src/io/http/http.ts";
import { plainText, type Reply } from "../../../src/io/http/reply.ts";
import { eventually } from "../../support/eventually.ts";
import { type Client, connect, freePort } from "../../support/http.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const own = "127.0.0.99";
const ok = plainText(200, "ok");

/** A server with room for twenty, and so for two of a source. */
async function start(
  answer: Answer = () => ok,
  connections = roomForTwenty(),
  answerTimeout = 30_000,
): Promise<number> {
  const port = await freePort();
  const stop = new AbortController();
  const listens = Promise.withResolvers<void>();
  const options = { address: "127.0.0.1", port, answer, connections, answerTimeout };
  const served = serve({ ...options, onListening: listens.resolve, onFailure: listens.reject }, stop.signal);
  ended.push(() => {
    stop.abort();
    return served;
  });
  await listens.promise;
  return port;
}

function roomForTwenty(): Connections {
  return new Connections({ most: 20, isOwn: (ip) => ip === own });
}

/** Connections that say nothing, in the order in which they came. */
async function silent(port: number, sources: readonly string[]): Promise<readonly Client[]> {
  const clients: Client[] = [];
  for (const source of sources) {
    const client = await connect(port, source);
    client.socket.on("error", () => {});
    client.socket.resume();
    ended.push(() => client.socket.destroy());
    clients.push(client);
  }
  return clients;
}

/** Which of them the server has closed. */
async function closed(clients: readonly Client[]): Promise<string> {
  return clients.flatMap(({ socket }, index) => (socket.closed || socket.readableEnded ? [index] : [])).join();
}

function sources(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `127.0.1.${index}`);
}

/** What comes on a new connection for a request. */
async function answered(port: number, source: string): Promise<string> {
  const { ask, rest } = await connect(port, source);
  ask();
  return rest();
}

test("if there is no room, the connection that has waited longest is closed", async () => {
  const port = await start();
  const clients = await silent(port, sources(20));
  expect(await answered(port, "127.0.2.1")).toMatch(/ok$/);
  await eventually(() => closed(clients), "0");
});

test("servers share one limit", async () => {
  const connections = roomForTwenty();
  const [first, second] = [await start(undefined, connections), await start(undefined, connections)];
  const clients = await silent(first, sources(20));
  expect(await answered(second, "127.0.2.1")).toMatch(/ok$/);
  await eventually(() => closed(clients), "0");
});

test("no source has more than a tenth of the room, but this node", async () => {
  const port = await start();
  const clients = await silent(port, ["127.0.0.1", "127.0.2.1", "127.0.0.1", "127.0.0.1", own, own, own]);
  expect(await answered(port, "127.0.3.1")).toMatch(/ok$/);
  await eventually(() => closed(clients), "0");
});

test("none of this node's own is closed while there are others, and of those the one that is answered last", async () => {
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<Reply>()];
  const port = await start(() => {
    asked.resolve();
    return answer.promise;
  });
  const asking = await connect(port, "127.0.2.1");
  asking.ask();
  await asked.promise;
  const [owns, strangers] = [new Array(18).fill(own), ["127.0.3.1", "127.0.3.2"]];
  const clients = await silent(port, [...owns, ...strangers, own]);
  await eventually(() => closed(clients), "18,19");
  answer.resolve(ok);
  expect(await asking.rest()).toMatch(/ok$/);
});

test("a connection is for one request, whatever comes after it", async () => {
  let answers = 0;
  const port = await start(() => {
    answers += 1;
    return ok;
  });
  const { socket, rest } = await connect(port);
  socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".repeat(1000));
  expect(await rest()).toMatch(/^HTTP\/1.1 200 OK\r\n[\s\S]*Connection: close\r\n[\s\S]*\r\n\r\nok$/);
  expect(answers).toBe(1);
});

const megabytes = 20;

test("a socket whose output is not read is closed", async () => {
  const port = await start(() => plainText(200, "x".repeat(megabytes << 20)), roomForTwenty(), 300);
  const { ask, rest } = await connect(port);
  ask();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await rest()).length).toBeLessThan(megabytes << 20);
});
