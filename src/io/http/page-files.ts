import { readFile } from "node:fs/promises";
import type { LocalPage } from "./local-pages.ts";
import { plainText } from "./reply.ts";

const files = {
  "/": { name: "index.html", contentType: "text/html; charset=utf-8" },
  "/page.css": { name: "page.css", contentType: "text/css; charset=utf-8" },
  "/page.js": { name: "page.js", contentType: "text/javascript; charset=utf-8" },
};

/** The page for browsers, which requests the data itself. The build puts its files next to the program. */
export const pageFiles: ReadonlyMap<string, LocalPage> = new Map(
  Object.entries(files).map(([path, { name, contentType }]) => [
    path,
    async () => {
      try {
        const body = await readFile(new URL(`page/${name}`, import.meta.url), "utf8");
        return { code: 200, contentType, body, headers: { "Content-Security-Policy": policy } };
      } catch {
        return plainText(404, "this build has no page; its data is at /status.json\n");
      }
    },
  ]),
);

/** Only scripts, styles and data of this server are used. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join("; ");
