import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The NODE_OPTIONS that the image sets: benchmarks and soak tests use the same. */
export function imageNodeOptions(): string {
  const dockerfile = readFileSync(fileURLToPath(new URL("../../Dockerfile", import.meta.url)), "utf8");
  const [, options] = /^ENV NODE_OPTIONS="(.*)"$/m.exec(dockerfile) ?? [];
  if (options === undefined) throw new Error("the Dockerfile sets no NODE_OPTIONS");
  return options;
}
