import * as z from "zod";
import { printable } from "../../decode/quote.ts";

export type WatchEvent =
  /** Added, modified, or newly selected. */
  | { readonly kind: "upserted"; readonly object: unknown }
  /** Deleted, or no longer selected; the object is in its last state. */
  | { readonly kind: "deleted"; readonly object: unknown }
  /** All changes up to this version have been sent. */
  | { readonly kind: "bookmark"; readonly object: unknown }
  /** The server cannot continue. 410: it no longer has the changes since the requested version. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** Something that cannot be read as an event. */
  | { readonly kind: "malformed"; readonly text: string };

const StatusObject = z.object({ code: z.number().catch(0), message: z.string().transform(printable).catch("") });

/** An event of a watch, by the API's name of its type; undefined if there is no such type. */
export function eventOf(type: string, object: object): WatchEvent | undefined {
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { kind: "upserted", object };
    case "DELETED":
      return { kind: "deleted", object };
    case "BOOKMARK":
      return { kind: "bookmark", object };
    case "ERROR":
      return { kind: "error", ...StatusObject.parse(object) };
    default:
      return undefined;
  }
}
