import { type Kernel, Overrun, Refusal } from "../../daemon/table/kernel.ts";
import type { Family } from "../../model/address.ts";
import { printOwnedLines, printTransactions } from "../../nft/print-transaction.ts";
import type { Talker } from "../netlink/netlink.ts";
import { complaintsIn } from "./complaints.ts";
import { type FailedTransaction, failedTransaction } from "./failed-transaction.ts";
import { readKnown } from "./known-table.ts";
import { applyText, listLayout, longestPiece, NftError } from "./nft.ts";
import { NftSession } from "./session.ts";

export type NftKernelOptions = {
  readonly onUnread?: (family: Family, error: unknown) => void;
  readonly onFailed?: (failed: FailedTransaction) => void;
  /** How it talks to the kernel; by default, each time over a new socket. */
  readonly talk?: Talker;
  /** The time limit for transactions without one of their own. */
  readonly usual?: number;
};

/**
 * This network namespace's tables, through nft: one long-running process for small changes, and a new one for each large
 * change, whose memory is free when it exits. Families do not share a process, so that they do not wait for each other.
 *
 * If a table cannot be read from the kernel, this is reported, and nft lists its sets and chains: everything is written
 * then.
 */
export function nftKernel({ onUnread, onFailed, talk, usual }: NftKernelOptions = {}): Kernel {
  const sessions = { ip: new NftSession(), ip6: new NftSession() };
  return {
    async readTable(declared, assumed) {
      try {
        return await readKnown(declared, assumed, talk);
      } catch (error) {
        onUnread?.(declared.family, error);
        const layout = await listLayout(declared);
        return layout && { ...layout, unread: new Set(layout.sets.keys()) };
      }
    },

    async apply(transaction, { byOwner, patience = usual, sentBy }) {
      const options = { patience, sentBy };
      const lines = byOwner ? printOwnedLines(transaction) : undefined;
      const text = lines?.map((line) => line.text).join("") ?? printTransactions([transaction]);
      const isOneLine = lines === undefined && text.length <= longestPiece;
      try {
        await (isOneLine ? sessions[transaction.family].apply(text, options) : applyText(text, options));
      } catch (error) {
        if (!(error instanceof NftError)) throw error;
        onFailed?.(failedTransaction(transaction.family, text, error, isOneLine));
        throw refusal(error, (line) => lines?.[line - 1]?.owner);
      }
    },
  };
}

/** What the kernel refuses because of its present contents, and not because of the input. */
const stateOfKernel =
  /No such file or directory|File exists|Cannot allocate memory|No buffer space|Device or resource busy|not permitted/;

/** nft exits with 1 if it changed nothing. */
function refusal(error: NftError, servicePortOf: (line: number) => string | undefined): Error {
  if (error.isOverrun) return new Overrun(error.message, error);
  if (error.exitCode !== 1) return error;
  const refused = new Map<string, string>();
  for (const { line, reason, command } of complaintsIn(error.output)) {
    const servicePort = line === undefined || stateOfKernel.test(reason) ? undefined : servicePortOf(line);
    if (servicePort !== undefined) refused.set(servicePort, `nft failed: ${reason}: ${command}`);
  }
  return new Refusal(error.message, refused, error);
}
