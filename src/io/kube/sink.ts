import type { KubeError } from "./error.ts";

/** Receives what a reflector learns. Calls come in the order of changes, and never overlap. */
export type ReflectorSink<T> = {
  /** An object exists in this form; it may have had another. The key is `namespace/name`, or the name. */
  readonly upserted: (key: string, object: T) => void;
  readonly deleted: (key: string) => void;
  /** An open watch has delivered something, even if only that nothing has changed. */
  readonly heard?: () => void;
  /** Called once, after all objects of the first complete list. */
  readonly synced: () => void;
  readonly report: (report: ReflectorReport) => void;
};

/** Reports for logs and metrics. */
export type ReflectorReport =
  | { readonly kind: "listed"; readonly count: number }
  /** A watch is open. */
  | { readonly kind: "watching" }
  /** An open watch has ended, and another will follow. */
  | { readonly kind: "ended"; readonly cause: EndCause; readonly error: KubeError | undefined }
  /** A list or a watch failed, and will be retried. */
  | { readonly kind: "failed"; readonly error: KubeError }
  /** Something is unusable; the message begins with the object, if it is known. */
  | { readonly kind: "malformed"; readonly message: string }
  /** The API server does not have this optional resource, so there are no such objects. */
  | { readonly kind: "absent"; readonly retryMs: number };

/** The result of checking whether the API server is reachable. */
export type ReadinessReport =
  /** It is unreachable, or not ready. */
  | { readonly kind: "failed"; readonly error: KubeError }
  /** It is reachable again. */
  | { readonly kind: "ready" };

export type EndCause = (typeof endCauses)[number];

export const endCauses = [
  /** By the server, as usual. */
  "closed",
  /** The server no longer has the changes since the last version that we saw; a list follows. */
  "expired",
  /** The server went silent, and did not even end the watch in time. */
  "silent",
  /** The connection broke. */
  "cut",
  /** The server reported an error, or sent something invalid. */
  "error",
] as const;
