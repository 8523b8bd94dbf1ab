import * as z from "zod";
import { printable } from "../../decode/quote.ts";

export type WatchEvent =
  /** Added, modified, or come into the selection. */
  | { readonly kind: "upserted"; readonly object: unknown }
  /** Deleted, or gone from the selection; the object is in its last state. */
  | { readonly kind: "deleted"; readonly object: unknown }
  /** Nothing has changed up to this version that has not been told. */
  | { readonly kind: "bookmark"; readonly object: unknown }
  /** The server cannot go on. 410: it has forgotten the changes since the version that was asked for. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** What cannot be read as an event. */
  | { readonly kind: "malformed"; readonly text: string };

const StatusObject = z.object({ code: z.number().catch(0), message: z.string().transform(printable).catch("") });

/** An event of a watch, by the API's name of its type; undefined where there is no such type. */
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
