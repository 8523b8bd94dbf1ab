/**
 * Loads each golden ruleset that this nft supports, twice, and prints the kernel's contents as JSON. Has to run in the
 * folder of the repository, in its own network namespace.
 */
import { readFileSync } from "node:fs";
import { examine } from "../../src/io/nft/capabilities.ts";
import { Kernel } from "../paths/kernel.ts";
import { fixtureNames, root } from "./fixture.ts";

export type Loaded = {
  readonly fixture: string;
  readonly once: readonly string[];
  /** After the same text was loaded over it. */
  readonly twice: readonly string[];
};

const kernel = new Kernel();
const canRemember = (await examine(["ip6"], true)).capabilities.ip6.affinity === "remember";
const loaded: Loaded[] = [];
for (const fixture of fixtureNames) {
  const text = readFileSync(`${root}/rules/${fixture}.nft`, "utf8");
  if (!canRemember && isRememberingIPv6Clients(text)) continue;
  const tables = text.match(/^table .*\{$/gm)?.length ?? 0;
  await kernel.load(`flush ruleset\n${text}`);
  const once = await kernel.list(tables);
  await kernel.load(text);
  loaded.push({ fixture, once, twice: await kernel.list(tables) });
}
kernel.close();
process.stdout.write(JSON.stringify(loaded));

/** nft before 1.0.7 aborts on such a rule. */
function isRememberingIPv6Clients(text: string): boolean {
  return /update @\S+ \{ ip6 /.test(text);
}
