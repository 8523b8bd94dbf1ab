import * as z from "zod";
import { Bytes } from "../bytes.ts";
import { eventOf, type WatchEvent } from "../watch-event.ts";
import { parseJSON } from "./parse.ts";

/** The events of a watch, one per line. */
export function jsonEvents(): (part: Buffer) => readonly WatchEvent[] {
  // If a line is incomplete when the connection ends, the next watch repeats it.
  const begun = new Bytes();
  return (part) => {
    const end = part.lastIndexOf(newline) + 1;
    const lines = end === 0 ? "" : begun.take(part.subarray(0, end)).toString("utf8");
    begun.push(part.subarray(end));
    return lines
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map(readLine);
  };
}

const newline = 0x0a;

const Line = z.object({ type: z.string(), object: z.looseObject({}) });

function readLine(line: string): WatchEvent {
  const { success, data } = Line.safeParse(parseJSON(line));
  return (success && eventOf(data.type, data.object)) || { kind: "malformed", text: line };
}
