import type { Lab } from "../lab/lab.ts";
import { nfts } from "../lab/nfts.ts";

/**
 * Sends the packets of one test once for all nfts that make the kernel hold the same: what comes of a packet depends on
 * what the kernel holds, and not on who gave it. The function that it returns loads a ruleset and resolves with what came
 * of `send`, now or before.
 */
export function perProgram<T>(): (lab: Lab, what: string, ruleset: string, send: () => Promise<T>) => Promise<T> {
  const came = new Map<string, Promise<T>>();
  return async (lab, what, ruleset, send) => {
    await lab.load(ruleset);
    const key = `${what}\n${await program(lab)}`;
    const before = came.get(key);
    if (before !== undefined) return before;
    const now = send();
    came.set(key, now);
    return now;
  };
}

/** What the node's kernel holds, expression by expression, as the newest nft sees it. */
async function program(lab: Lab): Promise<string> {
  const reader = nfts.at(-1)?.path ?? "nft";
  const { stdout, stderr, exitCode } = await lab.run("node", [reader, "--debug=netlink", "list", "ruleset"]);
  if (exitCode !== 0) throw new Error(`nft cannot list the rules: ${stderr}`);
  return ordered(stdout);
}

/** Elements come in no order: those of a line each are sorted, and those within braces, which are the same, left out. */
function ordered(listing: string): string {
  return listing
    .replace(/elements = \{.*?\}/gs, "")
    .replace(/(?:^\telement .*\n)+/gm, (elements) => elements.split("\n").sort().join("\n"));
}
