import { afterEach, expect, test } from "@jest/globals";
import { type Answer, serve } from "../../../src/io/http/http.ts";
import { plainText } from "../../../src/io/http/reply.ts";
import { connect, freePort } from "../../support/http.ts";

const stops: AbortController[] = [];
afterEach(() => {
  for (const each of stops.splice(0)) each.abort();
});

async function start(answer: Answer): Promise<number> {
  const port = await freePort();
  const stop = new AbortController();
  stops.push(stop);
  await new Promise<void>((onListening, onFailure) => {
    void serve({ address: "127.0.0.1", port, answer, onListening, onFailure }, stop.signal);
  });
  return port;
}

/** All that comes for a text, which is sent in pieces. */
async function answerTo(port: number, pieces: readonly string[]): Promise<string> {
  const { socket, rest } = await connect(port);
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise(setImmediate);
  }
  return rest();
}

const requests = [
  ["a line and no more", "GET / HTTP/1.1\r\n\r\n", 200, "GET /  0"],
  ["of HTTP/1.0, with bare line feeds and a query", "GET /a?b HTTP/1.0\n\n", 200, "GET /a  0"],
  [
    "with a body and more after it",
    "PUT /x HTTP/1.1\r\nContent-Length:  3 \r\nA: b\r\n\r\n123456",
    200,
    "PUT /x 123 2",
  ],
  ["without a version", "GET /\r\n\r\n", 400, undefined],
  ["of HTTP/2", "GET / HTTP/2.0\r\n\r\n", 400, undefined],
  ["with a method in lower case", "get / HTTP/1.1\r\n\r\n", 400, undefined],
  ["with a line that is no field", "GET / HTTP/1.1\r\nno field\r\n\r\n", 400, undefined],
  ["with a length below 0", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, undefined],
  ["in chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, undefined],
  ["with a long body", `POST / HTTP/1.1\r\nContent-Length: 17000\r\n\r\n${"x".repeat(17000)}`, 400, undefined],
  ["without an end", "x".repeat(17000), 400, undefined],
] as const;

test.each(requests)("a request %s is answered as it should be", async (_, text, code, seen) => {
  const asked: string[] = [];
  const port = await start(({ method, path, body, headers }) => {
    asked.push(`${method} ${path} ${body} ${headers.size}`);
    return plainText(200, "ok");
  });
  for (const pieces of [[text], text.match(/[\s\S]{1,200}/g) ?? []]) {
    expect((await answerTo(port, pieces)).slice(0, 12)).toBe(`HTTP/1.1 ${code}`);
  }
  expect(asked).toEqual(seen === undefined ? [] : [seen, seen]);
});

async function* parts() {
  yield* ["one ", "", "\u00e9"];
}

async function* broken() {
  yield "one";
  throw new Error("no more");
}

test("a reply in parts comes in chunks, or until the end for HTTP/1.0, and breaks off where it fails", async () => {
  const port = await start(({ path }) => plainText(200, path === "/" ? parts() : broken()));
  const body = async (line: string) => (await answerTo(port, [`${line}\r\n\r\n`])).replace(/^[\s\S]*?\r\n\r\n/, "");
  expect(await body("GET / HTTP/1.1")).toBe("4\r\none \r\n2\r\n\u00e9\r\n0\r\n\r\n");
  expect(await body("GET / HTTP/1.0")).toBe("one \u00e9");
  expect(await body("HEAD / HTTP/1.1")).toBe("");
  expect(await body("GET /broken HTTP/1.1")).not.toContain("\r\n0\r\n");
});
