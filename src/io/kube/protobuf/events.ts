import { BinaryReader } from "@bufbuild/protobuf/wire";
import * as z from "zod";
import { quote } from "../../../decode/quote.ts";
import { Bytes } from "../bytes.ts";
import { errorText } from "../error.ts";
import { eventOf, type WatchEvent } from "../watch-event.ts";
import { readObject } from "./envelope.ts";
import { message, readMessage } from "./message.ts";

/** The events of a watch. Each is in a frame that begins with its length: four bytes, big-endian. */
export function protobufEvents(): (part: Buffer) => readonly WatchEvent[] {
  const begun = new Bytes();
  return (part) => {
    const bytes = begun.takeEnough(part);
    if (bytes === undefined) return [];
    const events: WatchEvent[] = [];
    for (let at = 0; ; ) {
      const rest = bytes.length - at;
      const needed = rest < prefixLength ? prefixLength : prefixLength + bytes.readUInt32BE(at);
      if (rest < needed) {
        begun.keep(bytes.subarray(at), needed);
        return events;
      }
      events.push(readEvent(bytes.subarray(at + prefixLength, at + needed)));
      at += needed;
    }
  };
}

const prefixLength = 4;

const watchEvent = message({ type: [1, "string"], object: [2, message({ raw: [1, "bytes"] })] });

const Event = z.object({ type: z.string(), object: z.object({ raw: z.instanceof(Uint8Array) }) });

function readEvent(frame: Buffer): WatchEvent {
  try {
    const { type, object } = Event.parse(readMessage(watchEvent, new BinaryReader(frame)));
    const event = eventOf(type, readObject(object.raw));
    return event ?? { kind: "malformed", text: `${frame.length} bytes of an event ${quote(type)}` };
  } catch (error) {
    return { kind: "malformed", text: `${frame.length} bytes: ${errorText(error)}` };
  }
}
