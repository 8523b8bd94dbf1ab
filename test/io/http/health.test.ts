import { createServer } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { HealthPage } from "../../../src/daemon/health.ts";
import { healthPages } from "../../../src/io/http/health.ts";
import { type ServeOptions, serve } from "../../../src/io/http/http.ts";
import { notFound } from "../../../src/io/http/reply.ts";
import { eventually } from "../../support/eventually.ts";
import { connect, freePort, listening, request } from "../../support/http.ts";

const ended: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

function start(options: Omit<Extract<ServeOptions, { port: number }>, "onFailure" | "onListening">) {
  const abort = new AbortController();
  const failures: string[] = [];
  const listens = Promise.withResolvers<void>();
  const served = serve(
    { ...options, onFailure: (error) => failures.push(error.message), onListening: () => listens.resolve() },
    abort.signal,
  );
  const stop = () => {
    abort.abort();
    return served;
  };
  ended.push(stop);
  return { stop, failures, listens: listens.promise };
}

function pages(codes: Readonly<Record<HealthPage, 200 | 503>>, onAnswer: (page: string, code: number) => void) {
  return healthPages({ answer: (page) => ({ code: codes[page], body: { page } }) }, onAnswer);
}

test("B-232, B-242, B-243 the pages, for any method", async () => {
  const seen: string[] = [];
  const port = await freePort();
  const answer = pages({ healthz: 503, livez: 200 }, (page, code) => seen.push(`${page} ${code}`));
  await start({ address: "127.0.0.1", port, answer }).listens;
  const healthz = await request(port, "/healthz?verbose");
  expect(healthz).toMatchObject({ code: 503, body: '{"page":"healthz"}' });
  expect(healthz.headers).toMatchObject({ "content-type": "application/json", "x-content-type-options": "nosniff" });
  expect(await request(port, "/livez", { method: "POST" })).toMatchObject({ code: 200, body: '{"page":"livez"}' });
  expect(await request(port, "/livez", { method: "HEAD" })).toMatchObject({ code: 200, body: "" });
  expect(await request(port, "/")).toMatchObject({ code: 404 });
  expect(seen).toEqual(["healthz 503", "livez 200", "livez 200"]);
});

test("B-244 a port in use is reported once and tried until it is free", async () => {
  const port = await freePort();
  const other = createServer();
  await listening(other, port, "127.0.0.1");
  const answer = pages({ healthz: 200, livez: 200 }, () => {});
  const server = start({ address: "127.0.0.1", port, answer, retryAfter: 20 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.failures).toEqual([`listen EADDRINUSE: address already in use 127.0.0.1:${port}`]);
  other.close();
  await server.listens;
  expect(await request(port, "/livez")).toMatchObject({ code: 200 });
});

test("it stops whatever connections are open, and does not wait for their requests", async () => {
  const port = await freePort();
  const asked = Promise.withResolvers<void>();
  const answer = () => {
    asked.resolve();
    return new Promise<never>(() => {});
  };
  const server = start({ address: "127.0.0.1", port, answer });
  await server.listens;
  const [silent, asking] = [await connect(port), await connect(port)];
  asking.ask();
  await asked.promise;
  await server.stop();
  expect(await Promise.all([silent.rest(), asking.rest()])).toEqual(["", ""]);
  await expect(request(port, "/livez")).rejects.toThrow("ECONNREFUSED");
});

test("it stops while it waits for its port", async () => {
  const port = await freePort();
  const other = createServer();
  await listening(other, port, "127.0.0.1");
  ended.push(() => other.close());
  const server = start({ address: "127.0.0.1", port, answer: () => notFound });
  await eventually(async () => server.failures.length, 1);
  await server.stop();
});

test("an answer that throws becomes status 500", async () => {
  const port = await freePort();
  const answer = () => Promise.reject(new Error("no such thing"));
  await start({ address: "127.0.0.1", port, answer }).listens;
  expect(await request(port, "/")).toMatchObject({ code: 500, body: "no such thing\n" });
});

test("B-232 [::] takes IPv4 callers, too", async () => {
  const port = await freePort();
  const answer = pages({ healthz: 200, livez: 200 }, () => {});
  await start({ address: "::", port, answer }).listens;
  expect(await request(port, "/livez", { host: "127.0.0.1" })).toMatchObject({ code: 200 });
  expect(await request(port, "/livez", { host: "::1" })).toMatchObject({ code: 200 });
});
