import type { Answer } from "./http.ts";
import { notFound, plainText, type Reply } from "./reply.ts";
import { nextTurn } from "./turns.ts";

/** A page, given the query of its address. */
export type LocalPage = (query: URLSearchParams) => Promise<Reply>;

/** Handles a PUT of a text. */
export type LocalOrder = (text: string) => Promise<Reply>;

/**
 * Pages for clients on this machine, over loopback or the agent's socket, wherever else the server listens. A website
 * whose own name resolves to loopback is recognized by that name.
 */
export function localPages(
  pages: ReadonlyMap<string, LocalPage>,
  version: string,
  orders: ReadonlyMap<string, LocalOrder> = new Map(),
): Answer {
  const strictly = (reply: Reply) => ({
    ...reply,
    headers: { ...strict, Server: `kube-nft/${version}`, ...reply.headers },
  });
  return ({ path, method, headers, query, body, isLocal }) => {
    const page = pages.get(path);
    const order = orders.get(path);
    if (page === undefined && order === undefined) return notFound;
    if (!isLocal) return plainText(403, "this page is served over the loopback address only\n");
    const host = headers.get("host");
    if (host !== undefined && !loopbackName.test(host))
      return plainText(403, "this page is served under the name localhost only\n");
    if (method === "PUT" && order !== undefined) return order(body).then(strictly);
    if ((method !== "GET" && method !== "HEAD") || page === undefined)
      return plainText(405, "405 method not allowed\n");
    return nextTurn()
      .then(() => page(new URLSearchParams(query)))
      .then(strictly);
  };
}

/** With any port, as a forwarded one may differ. */
const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])?(:\d+)?$/i;

/** A page loads nothing from other sites, and other sites load nothing from it. */
const strict = {
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
};

export function json(value: unknown, code = 200): Reply {
  return { code, contentType: "application/json", body: `${JSON.stringify(value)}\n` };
}
