import type { FileHandle } from "node:fs/promises";
import { ExecaError, execa } from "execa";
import { type Family, families } from "../../model/address.ts";
import { listedElements } from "../../nft/listed-elements.ts";
import { listedLayout, parseListing } from "../../nft/listing.ts";
import { printRuleset } from "../../nft/print-ruleset.ts";
import { type Element, type Ruleset, type Table, tableName } from "../../nft/ruleset.ts";
import { summary } from "./complaints.ts";
import { memoryFile } from "./memory-file.ts";

/** A failed call of nft: `message` says what to do about it, `output` is what nft wrote. */
export class NftError extends Error {
  readonly output: string;
  /** Undefined if it did not start, or was killed. nft exits with code 1 if it or the kernel refuses something. */
  readonly exitCode: number | undefined;
  /** Whether it was killed because it took too long. */
  readonly isOverrun: boolean;

  constructor(message: string, output: string, exitCode: number | undefined, cause: unknown, isOverrun = false) {
    super(message, { cause });
    this.name = "NftError";
    this.output = output;
    this.exitCode = exitCode;
    this.isOverrun = isOverrun;
  }
}

export type SendOptions = {
  /** As for `timeLimit`. */
  readonly patience?: number | undefined;
  /** Called with nft's pid before nft gets the text. */
  readonly sentBy?: ((pid: number | undefined) => void) | undefined;
};

/**
 * Executes commands in this network namespace, all or none.
 *
 * nft executes what it has when its input ends. So that it never has only a part, even if this process is killed,
 * text that does not fit into the socket buffer is passed as a file.
 *
 */
export async function applyText(text: string, { patience, sentBy }: SendOptions = {}): Promise<void> {
  const file = text.length > longestPiece ? await memoryFile(text) : undefined;
  try {
    await run("nft", ["-f", "-"], file ?? text, { timeout: timeLimit(text, patience), sentBy });
  } finally {
    await file?.close();
  }
}

/** How many characters reach another process completely or not at all: a socket buffer holds over 200,000. */
export const longestPiece = 50_000;

/**
 * How many milliseconds nft gets to execute commands. It processes 5 MB per second.
 *
 * @param patience the limit for a few commands
 */
export function timeLimit(text: string, patience = 10_000): number {
  return Math.ceil(patience * (1 + text.length / 1_000_000));
}

/** Loads a ruleset in a temporary network namespace, to find out what nft and the kernel refuse. */
export async function checkRuleset(ruleset: Ruleset): Promise<void> {
  await runApart("nft -c -f -", printRuleset(ruleset));
}

/** Deletes the named tables, which may belong to another program, and returns those that existed. */
export async function deleteTables(name: string): Promise<readonly Family[]> {
  const present = (await Promise.all(families.map(async (family) => ({ family, text: await listTable(family, name) }))))
    .filter(({ text }) => text !== undefined)
    .map(({ family }) => family);
  if (present.length > 0) await applyText(present.map((family) => `delete table ${family} ${name}\n`).join(""));
  return present;
}

/** The sets and chains of our table, without elements and rules; undefined if there is no table. */
export async function listLayout(desired: Table): Promise<Table | undefined> {
  const text = await listTable(desired.family, tableName);
  return text === undefined ? undefined : listedLayout(parseListing(text), desired);
}

/** The elements of one of our sets in the kernel; none if there is no such set. */
export async function listSet(family: Family, name: string): Promise<readonly Element[]> {
  const text = await unlessAbsent(run("nft", ["-j", "list", "set", family, tableName, name], ""));
  return text === undefined ? [] : listedElements(JSON.parse(text));
}

/** Undefined if there is no such table. Elements are left out. */
export function listTable(family: Family, name: string): Promise<string | undefined> {
  return unlessAbsent(run("nft", ["-y", "-t", "list", "table", family, name], ""));
}

async function unlessAbsent(listing: Promise<string>): Promise<string | undefined> {
  try {
    return await listing;
  } catch (error) {
    if (error instanceof NftError && error.output.includes("No such file or directory")) return undefined;
    throw error;
  }
}

/**
 * Runs a shell command in a temporary network namespace. Without the privilege to create one, it is created in a user
 * namespace.
 */
export async function runApart(command: string, input: string): Promise<string> {
  try {
    return await run("unshare", ["-n", "sh", "-c", command], input);
  } catch (error) {
    if (!(error instanceof NftError) || !error.output.includes(notPermitted)) throw error;
    return run("unshare", ["-r", "-n", "sh", "-c", command], input);
  }
}

/** A program that hangs is killed after `timeout` milliseconds. */
async function run(
  program: string,
  args: readonly string[],
  input: string | FileHandle,
  { timeout = 60_000, sentBy }: { readonly timeout?: number; readonly sentBy?: SendOptions["sentBy"] } = {},
): Promise<string> {
  const options = { timeout, maxBuffer: 1 << 30, stripFinalNewline: false };
  try {
    const source = typeof input === "string" ? { input } : { stdin: descriptor(input) };
    const running = execa(program, args, { ...options, ...source });
    sentBy?.(running.pid);
    const { stdout } = await running;
    return stdout;
  } catch (error) {
    throw nftError(program, error, timeout);
  }
}

function descriptor({ fd }: FileHandle): 3 {
  // biome-ignore lint/nursery/noUnsafeTypeAssertion: execa takes every descriptor; its types name those from 3 to 9
  return fd as 3;
}

export const notPermitted = "Operation not permitted";

function nftError(program: string, error: unknown, timeout: number): unknown {
  if (!(error instanceof ExecaError)) return error;
  const output = String(error.stderr ?? "").trim();
  // Without execa's error, whose message contains the whole output.
  const fail = (message: string) => new NftError(message, output, error.exitCode, undefined, error.timedOut);
  if (error.code === "ENOENT") return notFound(program, error);
  if (output.includes(notPermitted)) {
    const needed = program === "nft" ? "CAP_NET_ADMIN" : "CAP_SYS_ADMIN";
    return fail(`${program} needs ${needed}; run it as root`);
  }
  if (error.timedOut) return fail(`${program} did not exit within ${Math.round(timeout / 1000)} s and was killed`);
  if (error.signal !== undefined) return fail(`${program} was killed by ${error.signal}`);
  return fail(`nft failed: ${output === "" ? error.shortMessage : summary(output)}`);
}

export function notFound(program: string, cause: unknown): NftError {
  const from = program === "nft" ? "nftables, version 1.0.6 or newer" : "util-linux";
  return new NftError(`${program} is not in PATH; install the package ${from}`, "", undefined, cause);
}
