import type { Family } from "../../model/address.ts";
import { complaintsIn } from "./complaints.ts";
import type { NftError } from "./nft.ts";

/** A transaction that nft or the kernel refused, or that did not finish, in the form that nft got. */
export type FailedTransaction = {
  readonly family: Family;
  readonly message: string;
  /** All of a small one; of a large one, the lines around those that were refused. */
  readonly lines: readonly FailedLine[];
};

export type FailedLine = { readonly number: number; readonly text: string; readonly isRefused: boolean };

/** @param isOneLine nft got everything as one line, so that only the text shows which command it refuses */
export function failedTransaction(
  family: Family,
  text: string,
  { message, output }: Pick<NftError, "message" | "output">,
  isOneLine: boolean,
): FailedTransaction {
  const lines = text.trimEnd().split("\n");
  const complaints = complaintsIn(output).slice(0, mostComplaints);
  const refused = new Set(
    complaints.flatMap(({ line, command }) => {
      if (!isOneLine) return line === undefined ? [] : [line];
      const beginning = command.replace(/….*$/, "");
      return beginning === "" ? [] : [lines.findIndex((each) => each.includes(beginning)) + 1];
    }),
  );
  const isKept = (number: number) =>
    text.length <= mostCharacters || [...refused].some((each) => Math.abs(each - number) <= around);
  return {
    family,
    message,
    lines: lines.flatMap((line, index) => {
      const number = index + 1;
      return isKept(number) ? [{ number, text: shortened(line), isRefused: refused.has(number) }] : [];
    }),
  };
}

/** If nothing else is known, a record of the last failure is not worth megabytes. */
const mostCharacters = 200_000;
const mostComplaints = 10;
const around = 5;
const longestLine = 10_000;

function shortened(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}… and ${line.length - longestLine} more`;
}
