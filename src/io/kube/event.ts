import { createHash, randomBytes } from "node:crypto";
import { visible } from "../../decode/quote.ts";
import type { Connection } from "./connection.ts";
import { KubeError } from "./error.ts";
import { defaultSilenceMs } from "./list.ts";
import { send, shortBody } from "./request.ts";

/** Something that an operator should see with `kubectl get events` or `kubectl describe`. */
export type KubeEvent = {
  readonly type: "Normal" | "Warning";
  /** Why, in one word in upper camel case: `FrontendConflict`. */
  readonly reason: string;
  /** What was being done, in the same form. */
  readonly action: string;
  /** For people; cut off after 1 KiB. */
  readonly note: string;
  readonly regarding: ObjectReference;
  /**
   * Set if every node reports the same: what the Event is about, besides the object and the reason. The nodes then share
   * one Event, the first one's, until the API server deletes it (after an hour, by default). Without it, each report is an
   * Event of its own.
   */
  readonly subject?: string;
  /** In ms since 1970. */
  readonly time: number;
};

export type ObjectReference = {
  readonly apiVersion: string;
  readonly kind: string;
  /** Without a namespace, as for a Node, the Event is in the namespace default. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
};

/** Who reports it: the name of the program, and of the node. */
export type Reporter = { readonly controller: string; readonly instance: string };

/**
 * Posts an Event (events.k8s.io/v1), unless another node has posted the one that they share. Throws a KubeError, which
 * callers may ignore.
 */
export async function postEvent(
  connection: Connection,
  { controller, instance }: Reporter,
  event: KubeEvent,
  signal?: AbortSignal,
): Promise<void> {
  const { type, reason, action, note, regarding, subject, time } = event;
  const namespace = regarding.namespace ?? "default";
  const object = {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { namespace, name: nameOf(event) },
    type,
    reason,
    action,
    note: firstBytes(visible(note), 1024),
    regarding,
    eventTime: microTime(time),
    reportingController: controller,
    reportingInstance: firstBytes(instance, 128),
  };
  const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const request = { verb: "create", resource: "events", path, body: JSON.stringify(object) } as const;
  try {
    const response = await send(connection, request, { signal, headersMs: defaultSilenceMs });
    // Frees the connection for the next request.
    void shortBody(response);
  } catch (error) {
    const isThere = error instanceof KubeError && error.status === 409;
    if (!isThere || subject === undefined) throw error;
  }
}

/** Names are unique in a namespace, so sharing a name needs no right but to create. */
function nameOf({ regarding, reason, subject }: KubeEvent): string {
  const { name, uid } = regarding;
  const shared = () =>
    createHash("sha256")
      .update(JSON.stringify([name, uid, reason, subject]))
      .digest();
  const distinct = subject === undefined ? randomBytes(8) : shared().subarray(0, 8);
  return `${name.slice(0, 200)}.${distinct.toString("hex")}`;
}

/** At most this many bytes of UTF-8, without half a character at the end. */
function firstBytes(text: string, count: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= count ? text : bytes.toString("utf8", 0, count).replace(/\uFFFD+$/, "");
}

/** RFC 3339 with microseconds, as the API requires. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}
