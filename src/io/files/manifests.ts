import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { InputObject } from "../../decode/objects.ts";
import { printable } from "../../decode/quote.ts";
import type { Problem } from "../../model/problem.ts";
import { compareText } from "../../model/service.ts";
import { parseDocuments } from "./yaml.ts";

export type Manifests = { readonly objects: readonly InputObject[]; readonly problems: readonly Problem[] };

/**
 * The objects in files, in directories and, for `-`, in standard input, in the order of `paths`. Like kubectl it takes
 * of a directory the files in it whose names end in .yaml, .yml or .json. What cannot be read is a problem.
 */
export async function readManifests(
  paths: readonly string[],
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<Manifests> {
  const all: Manifests[] = [];
  for (const path of paths) all.push(path === "-" ? await readStdin(stdin) : await readPath(path));
  return joined(all);
}

/** The text of one file. Rejects with an Error that says in its message which file cannot be read, and why. */
export async function readText(path: string): Promise<string> {
  try {
    return utf8(await readFile(path));
  } catch (cause) {
    throw new Error(`${path} ${failure(cause)}`, { cause });
  }
}

function readStdin(stdin: AsyncIterable<Uint8Array>): Promise<Manifests> {
  const file = "standard input";
  return attempt(file, async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(chunk);
    return manifests(file, Buffer.concat(chunks));
  });
}

function readPath(path: string): Promise<Manifests> {
  return attempt(path, async () => {
    if (!(await isDirectory(path))) return manifests(path, await readFile(path));
    const names = (await readdir(path)).filter((name) => /\.(?:yaml|yml|json)$/.test(name)).sort(compareText);
    if (names.length === 0) return unreadable(path, "holds no file *.yaml, *.yml or *.json");
    const all: Manifests[] = [];
    for (const name of names) all.push(await readEntry(join(path, name)));
    return joined(all);
  });
}

/** A file in a directory; directories in it are left out, whatever their name. */
function readEntry(path: string): Promise<Manifests> {
  return attempt(path, async () => ((await isDirectory(path)) ? joined([]) : manifests(path, await readFile(path))));
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory();
}

async function attempt(file: string, read: () => Promise<Manifests>): Promise<Manifests> {
  try {
    return await read();
  } catch (error) {
    return unreadable(file, failure(error));
  }
}

const failures: Readonly<Record<string, string>> = {
  EACCES: "may not be read",
  EISDIR: "is a directory",
  ENOENT: "does not exist",
  ENOTDIR: "does not exist",
  ERR_ENCODING_INVALID_ENCODED_DATA: "is not UTF-8 text",
};

/** What Node.js throws where a file cannot be read. */
const Failure = z.object({ code: z.string().optional(), message: z.string() });

function failure(error: unknown): string {
  const { code = "", message } = Failure.safeParse(error).data ?? { message: "for an unknown reason" };
  return failures[code] ?? `cannot be read: ${printable(message)}`;
}

function unreadable(file: string, message: string): Manifests {
  return { objects: [], problems: [{ source: { file }, object: "", field: "", message }] };
}

function manifests(file: string, bytes: Uint8Array): Manifests {
  const { documents, problems } = parseDocuments(utf8(bytes));
  return {
    objects: documents.map(({ document, object }) => ({ object, source: { file, document } })),
    problems: problems.map(({ document, message }) => ({ source: { file, document }, object: "", field: "", message })),
  };
}

/** Windows programs begin UTF-8 files with a byte order mark, which the decoder takes off. */
function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

function joined(all: readonly Manifests[]): Manifests {
  return { objects: all.flatMap(({ objects }) => objects), problems: all.flatMap(({ problems }) => problems) };
}
