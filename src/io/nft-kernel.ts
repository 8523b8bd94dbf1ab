import { type Kernel, Refusal } from "../daemon/kernel.ts";
import { printOwnedLines, printTransactions } from "../nft/print-transaction.ts";
import { applyText, NftError, readLayout } from "./nft.ts";

/** This network namespace's tables, by way of nft. */
export const nftKernel: Kernel = {
  readLayout,

  async apply(transaction, { byOwner }) {
    if (!byOwner) return refusing(applyText(printTransactions([transaction])), () => undefined);
    const lines = printOwnedLines(transaction);
    return refusing(applyText(lines.map(({ text }) => text).join("")), (line) => lines[line - 1]?.owner);
  },
};

/** nft names the line in front of the error: `/dev/stdin:12:1-20: Error: …`. It ends with 1 if it changed nothing. */
async function refusing(applied: Promise<void>, ownerOf: (line: number) => string | undefined): Promise<void> {
  try {
    await applied;
  } catch (error) {
    if (!(error instanceof NftError) || error.exitCode !== 1) throw error;
    const line = /^\S+?:(\d+):\d+-\d+: Error: /m.exec(error.output)?.[1];
    throw new Refusal(error.message, line === undefined ? undefined : ownerOf(Number(line)), error);
  }
}
