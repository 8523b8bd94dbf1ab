import type { KubeError } from "./error.ts";

/** Where a reflector tells what it learns. Calls come in the order of changes, and never overlap. */
export type ReflectorSink<T> = {
  /** An object is there in this form; it may have been there in another. The key is `namespace/name`, or the name. */
  readonly upserted: (key: string, object: T) => void;
  readonly deleted: (key: string) => void;
  /** An open watch has told something, be it that nothing has changed. */
  readonly heard?: () => void;
  /** Called once, when all objects of the first complete list have been told. */
  readonly synced: () => void;
  readonly report: (report: ReflectorReport) => void;
};

/** What happens on the way, for logs and metrics. */
export type ReflectorReport =
  | { readonly kind: "listed"; readonly count: number }
  /** A watch is open. */
  | { readonly kind: "watching" }
  /** A watch that was open has ended, and will be followed by another. */
  | { readonly kind: "ended"; readonly cause: EndCause; readonly error: KubeError | undefined }
  /** A list or a watch could not be had, and will be tried again. */
  | { readonly kind: "failed"; readonly error: KubeError }
  /** Something that cannot be used; the message begins with the object, where that is known. */
  | { readonly kind: "malformed"; readonly message: string }
  /** The API server does not have this optional resource, so there are no such objects. */
  | { readonly kind: "absent"; readonly retryMs: number };

/** The result of asking whether the API server is reachable. */
export type ReadinessReport =
  /** It is not, or not ready. */
  | { readonly kind: "failed"; readonly error: KubeError }
  /** It is again. */
  | { readonly kind: "ready" };

export type EndCause = (typeof endCauses)[number];

export const endCauses = [
  /** By the server, in the ordinary course of things. */
  "closed",
  /** The server has forgotten the changes since the last version that we have seen; a list follows. */
  "expired",
  /** The server said nothing any more, not even that the time of the watch is over. */
  "silent",
  /** The connection broke. */
  "cut",
  /** The server reported an error, or sent what no server sends. */
  "error",
] as const;
