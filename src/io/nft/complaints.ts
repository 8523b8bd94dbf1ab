/** A command that nft or the kernel refuses. */
export type Complaint = {
  /** The line of the input, from 1; undefined if unknown. */
  readonly line: number | undefined;
  /** `Could not process rule: No such file or directory` */
  readonly reason: string;
  /** The command, shortened to what people need to find it; empty if unknown. */
  readonly command: string;
};

/**
 * Parses nft's messages: it reports each command that it or the kernel refuses.
 *
 *     /dev/stdin:12:15-21: Error: Could not process rule: No such file or directory
 *     add rule ip t nowhere accept
 *                   ^^^^^^^
 */
export function complaintsIn(output: string): readonly Complaint[] {
  const lines = output.split("\n");
  return lines.flatMap((text, index) => {
    const [, line, reason] = /^(?:\S+?:(\d+):\d+-\d+: |netlink: )?Error: (.*)$/.exec(text) ?? [];
    if (reason === undefined) return [];
    const marks = /^ *\^+/.exec(lines[index + 2] ?? "")?.[0];
    const command = marks === undefined ? "" : excerpt(lines[index + 1] ?? "", marks.indexOf("^"), marks.length);
    return [{ line: Number(line) || undefined, reason, command }];
  });
}

/** nft's messages in one short line: each reason once, with its first command. */
export function summary(output: string): string {
  const byReason = new Map<string, { readonly command: string; more: number }>();
  for (const { reason, command } of complaintsIn(output)) {
    const known = byReason.get(reason);
    if (known === undefined) byReason.set(reason, { command, more: 0 });
    else known.more += 1;
  }
  if (byReason.size === 0) return cut(output.trim().replaceAll("\n", "; "), longest);
  const reasons = Array.from(
    byReason,
    ([reason, { command, more }]) =>
      `${reason}${command === "" ? "" : `: ${command}`}${more > 0 ? ` (and ${more} more)` : ""}`,
  );
  return cut(reasons.join("; "), longest);
}

const longest = 500;

/** The marked command of several in a line: its start, and the marked part. */
function excerpt(line: string, start: number, end: number): string {
  const first = line.lastIndexOf(";", start) + 1;
  const next = line.indexOf(";", end);
  const command = line.slice(first, next === -1 ? undefined : next);
  const marked = cut(line.slice(start, end), 80);
  const beginning = cut(command.trim(), 100);
  return beginning.includes(marked) ? beginning : `${beginning} ${marked}`;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
