import { afterEach, describe, expect, test } from "@jest/globals";
import { serve } from "../../../src/io/http/http.ts";
import { json, localPages } from "../../../src/io/http/local-pages.ts";
import { freePort, request } from "../../support/http.ts";

const ended: AbortController[] = [];
afterEach(() => {
  for (const end of ended.splice(0)) end.abort();
});

/** The server listens on all addresses, as for a PodMonitor. */
async function start(): Promise<number> {
  const port = await freePort();
  const abort = new AbortController();
  ended.push(abort);
  const pages = new Map([["/echo.json", async (query: URLSearchParams) => json({ of: query.get("of") })]]);
  const orders = new Map([["/order.json", async (text: string) => json({ text })]]);
  const answer = localPages(pages, "1.2.3", orders);
  await new Promise<void>((resolve, reject) => {
    const options = { address: "::", port, answer, onListening: resolve, onFailure: reject };
    void serve(options, abort.signal);
  });
  return port;
}

const page = "/echo.json?of=a%2Fb";

describe("a page for clients on this machine", () => {
  test.each([
    { host: "127.0.0.1", name: "localhost" },
    { host: "127.0.0.1", name: "LocalHost:8080" },
    { host: "127.0.0.1", name: "127.0.0.1:10249" },
    { host: "127.8.9.10", name: "127.8.9.10" },
    { host: "::1", name: "[::1]:10249" },
  ])("is there for $name at $host", async ({ host, name }) => {
    const { code, body, headers } = await request(await start(), page, { host, headers: { Host: name } });
    expect({ code, body }).toEqual({ code: 200, body: '{"of":"a/b"}\n' });
    expect(headers).toMatchObject({
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      server: "kube-nft/1.2.3",
    });
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  test.each([
    "attacker.example",
    "localhost.attacker.example:80",
    "127.0.0.1.nip.io",
    "10.0.0.1",
    "[::2]",
    "localhost@x",
  ])("is not served under the name %s, which may resolve to this machine", async (name) => {
    const { code, body } = await request(await start(), page, { headers: { Host: name } });
    expect({ code, body }).toEqual({ code: 403, body: "this page is served under the name localhost only\n" });
  });

  test("executes a PUT, for clients on this machine", async () => {
    const port = await start();
    const put = { method: "PUT", body: "4" };
    expect(await request(port, "/order.json", put)).toMatchObject({ code: 200, body: '{"text":"4"}\n' });
    expect(await request(port, "/order.json")).toMatchObject({ code: 405 });
    expect(await request(port, page, put)).toMatchObject({ code: 405 });
    const headers = { Host: "attacker.example" };
    expect(await request(port, "/order.json", { ...put, headers })).toMatchObject({ code: 403 });
  });

  test("accepts no other method than GET and HEAD", async () => {
    const port = await start();
    expect(await request(port, page, { method: "POST" })).toMatchObject({ code: 405 });
    expect(await request(port, page, { method: "HEAD" })).toMatchObject({ code: 200, body: "" });
    expect(await request(port, "/other", {})).toMatchObject({ code: 404 });
  });
});
