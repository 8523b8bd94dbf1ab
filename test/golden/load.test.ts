import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect } from "@jest/globals";
import { listingLines } from "../paths/listing.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { fixtureNames, root } from "./fixture.ts";

kernelTest("each golden ruleset loads, and once more with the same result", async (nft) => {
  const rulesets = (await remembersIPv6Clients(nft)) ? fixtureNames : fixtureNames.filter(isForOldNft);
  const queue = rulesets.values();
  const listings: { fixture: string; once: readonly string[]; twice: readonly string[] }[] = [];
  const work = async () => {
    for (const fixture of queue) listings.push({ fixture, ...(await listed(nft, fixture)) });
  };
  await Promise.all([work(), work(), work(), work()]);
  expect(listings).toHaveLength(rulesets.length);
  for (const { fixture, once, twice } of listings) {
    expect({ fixture, lines: twice }).toEqual({ fixture, lines: once });
    expect(once).not.toEqual([]);
  }
});

/** What is in a new network namespace after the ruleset was loaded, and after it was loaded again. */
async function listed(nft: string, fixture: string) {
  const script = `set -e; for time in once twice; do "$0" -f "$1"; echo "# then"; "$0" list ruleset; done`;
  const args = ["-n", "sh", "-c", script, nft, `${root}/rules/${fixture}.nft`];
  const { stdout } = await promisify(execFile)("unshare", args);
  const [, once = "", twice = ""] = stdout.split("# then\n");
  return { once: listingLines(once), twice: listingLines(twice) };
}

/** nft before 1.0.7 aborts on a rule that remembers IPv6 clients. */
async function remembersIPv6Clients(nft: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(nft, ["--version"]);
  const [major = 0, minor = 0, patch = 0] = (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "").split(".").map(Number);
  return major > 1 || (major === 1 && (minor > 0 || patch >= 7));
}

function isForOldNft(fixture: string): boolean {
  return !/update @\S+ \{ ip6 /.test(readFileSync(`${root}/rules/${fixture}.nft`, "utf8"));
}
