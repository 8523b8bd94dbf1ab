import { constants, createReadStream, fstatSync, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { type ReadLimits, usualLimits } from "./read-limits.ts";

/** The text of a file or, for `-`, of standard input. `failureWords` describes the error if it rejects. */
export async function readText(path: string, limits = usualLimits): Promise<string> {
  const stream = path === "-" ? process.stdin : openInput(path, limits);
  // Windows programs start UTF-8 files with a byte order mark, which the decoder removes.
  return new TextDecoder("utf-8", { fatal: true }).decode(await readAll(stream, limits));
}

/** Does not block on a pipe: a blocked thread cannot be stopped, and would keep the process from exiting. */
function openInput(path: string, { megabytes }: ReadLimits): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isFIFO()) return new Socket({ fd, readable: true, writable: false });
  if (stats.size > megabytes * megabyte) throw tooLarge(megabytes);
  return createReadStream("", { fd, highWaterMark: megabyte });
}

async function readAll(stream: Readable, { megabytes, seconds }: ReadLimits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const silence = setTimeout(() => stream.destroy(new Error(`no data for ${seconds} s`)), seconds * 1000);
  // A user at a terminal may take any time.
  if ("isTTY" in stream && stream.isTTY === true) clearTimeout(silence);
  try {
    for await (const chunk of stream) {
      silence.refresh();
      chunks.push(chunk);
      length += chunk.length;
      if (length > megabytes * megabyte) throw tooLarge(megabytes);
    }
  } finally {
    clearTimeout(silence);
  }
  return Buffer.concat(chunks);
}

const megabyte = 1_000_000;

function tooLarge(megabytes: number): Error {
  return new Error(`it has more than ${megabytes} MB`);
}

/** Why a file cannot be read, as words after its name. */
export function failureWords(error: unknown): string {
  const { code = "", message } = Failure.safeParse(error).data ?? { message: "for an unknown reason" };
  return failures[code] ?? `cannot be read: ${printable(message)}`;
}

/** What Node.js throws if a file cannot be read. */
const Failure = z.object({ code: z.string().optional(), message: z.string() });

const failures: Readonly<Record<string, string>> = {
  EACCES: "cannot be read: permission denied",
  EISDIR: "is a directory",
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  ERR_ENCODING_INVALID_ENCODED_DATA: "is not UTF-8 text",
};
