import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { Connections } from "../../../src/io/http/connections.ts";
import { serve } from "../../../src/io/http/http.ts";
import { SharedText } from "../../../src/io/http/shared-text.ts";
import { eventually } from "../../support/eventually.ts";

const ended: AbortController[] = [];
const clients: Socket[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end.abort();
  for (const socket of clients.splice(0)) socket.destroy();
});

/** More than what sockets hold of it. */
const length = 400_000;

/** A server of a text that says the how-manieth it is, the first of which is made when so many have asked for it. */
async function start(readers = 1): Promise<{ readonly path: string; readonly made: () => number }> {
  let [made, asked] = [0, 0];
  const { promise: allHaveAsked, resolve: begin } = Promise.withResolvers<void>();
  const make = async () => {
    made += 1;
    await allHaveAsked;
    return parts(String(made));
  };
  const text = new SharedText({ contentType: "text/plain", make });
  const path = `\0shared-text-${process.pid}-${Math.random()}`;
  const abort = new AbortController();
  ended.push(abort);
  await new Promise<void>((resolve, reject) => {
    const connections = new Connections({ most: 10_000, isOwn: () => true });
    const answer = () => {
      asked += 1;
      if (asked === readers) begin();
      return text.reply();
    };
    const options = { path, answer, onListening: resolve, onFailure: reject, connections };
    void serve(options, abort.signal);
  });
  return { path, made: () => made };
}

async function* parts(digit: string) {
  for (let i = 0; i < 10; i++) yield digit.repeat(length / 10);
}

/** Asks, and reads nothing until it is told to. */
async function ask(path: string): Promise<Socket> {
  const socket = connect(path);
  clients.push(socket);
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.write("GET / HTTP/1.1\r\nHost: here\r\n\r\n", () => resolve()));
  return socket;
}

async function bodyOf(socket: Socket): Promise<string> {
  let text = "";
  try {
    for await (const part of socket.setEncoding("latin1")) text += part;
  } catch {
    // It was disconnected.
  }
  return text.slice(text.indexOf("\r\n\r\n") + 4);
}

test("who asks at about the same time reads the same text, which is made once", async () => {
  const { path, made } = await start(50);
  const readers = await Promise.all(Array.from({ length: 50 }, () => ask(path)));
  const bodies = await Promise.all(readers.map(bodyOf));
  expect(new Set(bodies)).toEqual(new Set(["1".repeat(length)]));
  expect(made()).toBe(1);
});

test("who does not read is disconnected when there are three newer texts, and who reads gets all of it", async () => {
  const { path, made } = await start();
  const idle: Socket[] = [];
  await eventually(async () => {
    idle.push(await ask(path), await ask(path));
    return made() >= 5;
  }, true);
  const [newest = ""] = await bodyOf(await ask(path));
  expect(newest).toBe(String(made()));
  const bodies = await Promise.all(idle.map(bodyOf));
  const told = bodies.map((body) => ({ isNew: Number(body[0]) > made() - 3, isWhole: body.length === length }));
  expect(told.filter(({ isNew, isWhole }) => isNew !== isWhole)).toEqual([]);
  expect(new Set(told.map(({ isNew }) => isNew))).toEqual(new Set([true, false]));
});
