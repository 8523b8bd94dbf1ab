import { createConnection, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { LoopbackNodePort, LoopbackTarget } from "../../../src/daemon/follow/loopback-node-ports.ts";
import { LoopbackServers } from "../../../src/io/loopback/node-ports.ts";
import { ip, portOf } from "../../compile/values.ts";
import { eventually } from "../../support/eventually.ts";
import { connect, freePort, listening } from "../../support/http.ts";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Options = { readonly mostPorts?: number; readonly mostConnections?: number };

/** The servers, with what they tell, a clock, and what is drawn at random. */
function start(options: Options = {}) {
  const told: string[] = [];
  const world = { now: 0, random: 0 };
  const servers = new LoopbackServers({
    events: {
      failed: (family, service, error) => told.push(`${family} ${service}: ${error.message}`),
      listening: (family, ports) => told.push(`${family} ${ports}`),
      ended: (family, result) => told.push(`${family} ${result}`),
    },
    now: () => world.now,
    random: () => world.random,
    retryAfter: 20,
    ...options,
  });
  ends.push(() => servers.close());
  return { servers, told, world };
}

/** A server at a port of 127.0.0.2, whose connections `attend` gets. */
async function backend(attend: (socket: Socket) => void): Promise<LoopbackTarget> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on("error", () => undefined));
    attend(socket);
  });
  await listening(server, 0, "127.0.0.2");
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return closed(server);
  });
  const bound = server.address();
  return target(typeof bound === "object" && bound ? bound.port : 0);
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function target(port: number): LoopbackTarget {
  return { address: ip("127.0.0.2"), port: portOf(port) };
}

function served(targets: readonly LoopbackTarget[], affinitySeconds?: number): LoopbackNodePort {
  const at = (index: number) => targets[index] ?? target(1);
  const has = ({ port }: LoopbackTarget) => targets.some((each) => each.port === port);
  return { service: "default/web", endpoints: { count: targets.length, at, has }, affinitySeconds };
}

/** Answers with a name, and ends. */
const says = (name: string) => backend((socket) => socket.end(name));

const answer = async (port: number) => (await connect(port)).rest();

const until = (told: readonly string[], line: string) => eventually(async () => told.includes(line), true);

test("connections go to any endpoint, as they come and go", async () => {
  const { servers, told, world } = start();
  const port = portOf(await freePort());
  const [one, two] = [await says("one"), await says("two")];
  servers.setPort("ip", port, served([one, two]));
  await until(told, "ip 1");
  expect(await answer(port)).toBe("one");
  world.random = 0.99;
  expect(await answer(port)).toBe("two");
  servers.setPort("ip", port, served([one]));
  expect(await answer(port)).toBe("one");
  expect(servers.status).toMatchObject({ ports: 1, failures: [] });
  servers.setPort("ip", port, undefined);
  await until(told, "ip 0");
  await expect(connect(port)).rejects.toThrow("ECONNREFUSED");
});

test("D-02 session affinity keeps all clients at one endpoint, for a while, and as long as there is it", async () => {
  const { servers, told, world } = start();
  const port = portOf(await freePort());
  const [one, two] = [await says("one"), await says("two")];
  servers.setPort("ip", port, served([one, two], 10));
  await until(told, "ip 1");
  expect(await answer(port)).toBe("one");
  world.random = 0.99;
  for (const now of [9000, 18_000]) {
    world.now = now;
    expect(await answer(port)).toBe("one");
  }
  world.now = 29_000;
  expect(await answer(port)).toBe("two");
  servers.setPort("ip", port, served([one], 10));
  expect(await answer(port)).toBe("one");
});

test("either side may end before the other", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  const upper = await backend((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    socket.on("end", () => socket.end(text.toUpperCase()));
  });
  const first = await backend((socket) => {
    socket.end("bye");
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes;
    });
    socket.on("end", () => told.push(`heard ${text}`));
  });
  servers.setPort("ip", port, served([upper]));
  await until(told, "ip 1");
  const { socket, rest } = await connect(port);
  socket.end("half closed");
  expect(await rest()).toBe("HALF CLOSED");

  servers.setPort("ip", port, served([first]));
  const other = await connect(port);
  other.socket.allowHalfOpen = true;
  expect(await other.rest()).toBe("bye");
  other.socket.end("still here");
  await until(told, "heard still here");
  await eventually(async () => servers.status.connections, 0);
});

test("what is not read is not taken, and is not lost", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  const chunk = Buffer.alloc(65_536, "x");
  let sent = 0;
  const flood = await backend((socket) => {
    const more = () => {
      while (sent < 200_000_000 && !socket.destroyed) {
        sent += chunk.length;
        if (!socket.write(chunk)) return void socket.once("drain", more);
      }
      socket.end();
    };
    more();
  });
  servers.setPort("ip", port, served([flood]));
  await until(told, "ip 1");
  const { socket } = await connect(port);
  // The kernel's buffers of both connections take some megabytes, this process nearly nothing.
  let last = -1;
  await eventually(async () => {
    const isStill = sent === last;
    last = sent;
    return isStill && sent > 0;
  }, true);
  expect(sent).toBeLessThan(100_000_000);
  let got = 0;
  for await (const bytes of socket) got += bytes.length;
  expect(got).toBe(sent);
});

test("an endpoint that does not listen, or ends with an error, is a reset for the client", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  const closedPort = await freePort();
  servers.setPort("ip", port, served([target(closedPort)]));
  await until(told, "ip 1");
  const ending = async () => {
    const socket = createConnection({ host: "127.0.0.1", port }).resume();
    socket.write("ask");
    return await new Promise((resolve) => socket.once("error", ({ message }) => resolve(message)));
  };
  expect(await ending()).toMatch("ECONNRESET");
  await until(told, "ip unreachable");
  const rude = await backend((socket) => socket.once("data", () => socket.resetAndDestroy()));
  servers.setPort("ip", port, served([rude]));
  expect(await ending()).toMatch("ECONNRESET");
  await until(told, "ip passed on");
});

test("a port that somebody has is reported once, and opened when it is free", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  const other = createServer();
  await listening(other, port, "127.0.0.1");
  servers.setPort("ip", port, served([await says("one")]));
  const failure = `listen EADDRINUSE: address already in use 127.0.0.1:${port}`;
  await until(told, `ip default/web: ${failure}`);
  expect(servers.status.failures).toEqual([{ at: `127.0.0.1 port ${port}`, service: "default/web", message: failure }]);
  await closed(other);
  await until(told, "ip 1");
  expect(servers.status).toMatchObject({ ports: 1, failures: [] });
  expect(told.filter((line) => line.includes("EADDRINUSE"))).toHaveLength(1);
});

test("each family has ports of its own", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  const [one, two] = [await says("one"), await says("two")];
  servers.setPort("ip", port, served([one]));
  servers.setPort("ip6", port, served([two]));
  await until(told, "ip6 1");
  await until(told, "ip 1");
  expect(await answer(port)).toBe("one");
});

test("no more ports are open than may be, and those that wait are opened when others close", async () => {
  const { servers, told } = start({ mostPorts: 1 });
  const [first, second] = [portOf(await freePort()), portOf(await freePort())];
  const one = await says("one");
  servers.setPort("ip", first, served([one]));
  servers.setPort("ip", second, served([one]));
  await until(told, "ip default/web: 1 NodePorts are open at loopback addresses, which is the limit");
  await until(told, "ip 1");
  servers.setPort("ip", first, undefined);
  await eventually(async () => servers.status.ports === 1 && servers.status.failures.length === 0, true);
  expect(await answer(second)).toBe("one");
});

test("connections have a limit, and who opens ever more takes room from nobody else", async () => {
  const { servers, told } = start({ mostConnections: 4 });
  const [hog, other] = [portOf(await freePort()), portOf(await freePort())];
  const patient = await backend((socket) => socket.resume());
  for (const port of [hog, other]) servers.setPort("ip", port, served([patient]));
  await until(told, "ip 2");
  const gone: string[] = [];
  const open = async (port: number, name: string) => {
    const socket = createConnection({ host: "127.0.0.1", port }).resume();
    ends.push(async () => socket.destroy());
    socket.on("error", () => undefined).on("close", () => gone.push(name));
    await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  };
  for (const name of ["hog 1", "hog 2", "hog 3", "hog 4"]) await open(hog, name);
  await eventually(async () => servers.status.connections, 4);
  await open(other, "other 1");
  await eventually(async () => gone.join(), "hog 4");
  await open(hog, "hog 5");
  await eventually(async () => gone.join(), "hog 4,hog 5");
  await open(other, "other 2");
  await eventually(async () => gone.join(), "hog 4,hog 5,hog 3");
  expect(servers.status.connections).toBe(4);
  expect(told.filter((line) => line === "ip cut")).toHaveLength(3);
});

test("a port that is closed lets its connections go on, and the end ends them", async () => {
  const { servers, told } = start();
  const port = portOf(await freePort());
  servers.setPort("ip", port, served([await backend((socket) => socket.pipe(socket))]));
  await until(told, "ip 1");
  const { socket, rest } = await connect(port);
  await eventually(async () => servers.status.connections, 1);
  servers.setPort("ip", port, undefined);
  await until(told, "ip 0");
  socket.write("still here");
  expect(String(await new Promise((resolve) => socket.once("data", resolve)))).toBe("still here");
  await servers.close();
  expect(await rest()).toBe("");
  expect(servers.status.connections).toBe(0);
});
