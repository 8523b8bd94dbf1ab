import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The nft programs that rulesets must load with: the machine's, and that of Debian 13 if `test/setup.sh` fetched it. */
export const nfts: readonly string[] = [
  "nft",
  fileURLToPath(new URL("../../.cache/debian-13/nft", import.meta.url)),
].filter((path) => !path.includes("/") || existsSync(path));
