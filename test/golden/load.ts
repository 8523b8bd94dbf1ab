import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { listingLines } from "../paths/listing.ts";
import { fixtureNames, root } from "./fixture.ts";

export type Loaded = {
  readonly fixture: string;
  /** What the kernel then holds. */
  readonly once: readonly string[];
  /** What it holds after the same text was loaded over it. */
  readonly twice: readonly string[];
};

/** Loads each golden ruleset that this nft can take in a network namespace of its own, twice. */
export async function loadTwice(nft: string): Promise<readonly Loaded[]> {
  const canRemember = await remembersIPv6Clients(nft);
  const queue = fixtureNames.filter((fixture) => canRemember || !isRememberingIPv6Clients(fixture)).values();
  const loaded: Loaded[] = [];
  const work = async () => {
    for (const fixture of queue) loaded.push({ fixture, ...(await listings(nft, fixture)) });
  };
  await Promise.all([work(), work(), work(), work()]);
  return loaded;
}

/** nft before 1.0.7 aborts on a rule that remembers IPv6 clients. */
async function remembersIPv6Clients(nft: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(nft, ["--version"]);
  const [major = 0, minor = 0, patch = 0] = (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? "").split(".").map(Number);
  return major > 1 || (major === 1 && (minor > 0 || patch >= 7));
}

function isRememberingIPv6Clients(fixture: string): boolean {
  return /update @\S+ \{ ip6 /.test(readFileSync(`${root}/rules/${fixture}.nft`, "utf8"));
}

async function listings(nft: string, fixture: string) {
  const script = `set -e; for time in once twice; do "$0" -f "$1"; echo "# then"; "$0" list ruleset; done`;
  const args = ["-n", "sh", "-c", script, nft, `${root}/rules/${fixture}.nft`];
  const { stdout } = await promisify(execFile)("unshare", args);
  const [, once = "", twice = ""] = stdout.split("# then\n");
  return { once: listingLines(once), twice: listingLines(twice) };
}
