import type { IncomingMessage } from "node:http";
import type { ItemReader, ItemSink } from "./item-reader.ts";
import { jsonEvents } from "./json/events.ts";
import { JSONItems } from "./json/items.ts";
import { readObject } from "./protobuf/envelope.ts";
import { protobufEvents } from "./protobuf/events.ts";
import { ProtobufItems } from "./protobuf/items.ts";
import { messages } from "./protobuf/objects.ts";
import type { Resource } from "./resources.ts";
import type { WatchEvent } from "./watch-event.ts";

const json = "application/json";
const protobuf = "application/vnd.kubernetes.protobuf";

/** What a request accepts: whole objects, or only the fields that our decoders read, in fewer bytes if the server can. */
export const accepted = { whole: json, read: `${protobuf}, ${json}` };

/** The encoding of an answer, as its headers say; the request may have asked for another. */
export function encodingOf({ headers }: IncomingMessage): Encoding {
  return headers["content-type"]?.startsWith(protobuf) ? protobufEncoding : jsonEncoding;
}

export type Encoding = {
  readonly items: (resource: Resource, sink: ItemSink) => ItemReader;
  /** Takes the parts of a watch, and returns the events that end in each. */
  readonly events: () => (part: Buffer) => readonly WatchEvent[];
  /** One object. Throws if it cannot be read. */
  readonly object: (body: Buffer) => unknown;
};

const jsonEncoding: Encoding = {
  items: (_, sink) => new JSONItems(sink),
  events: jsonEvents,
  object: (body) => JSON.parse(body.toString("utf8")),
};

const protobufEncoding: Encoding = {
  items: ({ kind }, sink) => new ProtobufItems(messages.get(kind) ?? [], sink),
  events: protobufEvents,
  object: readObject,
};
