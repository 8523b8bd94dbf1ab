import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import TestSequencer from "@jest/test-sequencer";

/** The files that take longest, in order: they begin first, so that none of them is waited for in the end. */
const longest = [
  "e2e/scenarios",
  "packets/strays",
  "e2e/nft-fails",
  "soak/soak",
  "paths/paths",
  "e2e/flood",
  "io/nft/slow-set",
  "packets/rows",
  "e2e/events",
  "e2e/configuration",
  "e2e/half-open",
  "e2e/drift",
  "e2e/two-agents",
  "io/conntrack/flows",
  "e2e/outage",
  "hostile/too-many-files",
  "compile/large-list",
  "packets/apply",
  "cli/diff",
  "cli/inputs",
];

const paths = longest.map((name) => fileURLToPath(new URL(`./${name}.test.ts`, import.meta.url)));
const missing = paths.filter((path) => !existsSync(path));
if (missing.length > 0) throw new Error(`test/sequencer.mjs names files that do not exist: ${missing}`);

// biome-ignore lint/style/noDefaultExport: Jest looks for it.
export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const place = ({ path }) => (paths.includes(path) ? paths.indexOf(path) : paths.length);
    return [...super.sort(tests)].sort((a, b) => place(a) - place(b));
  }
}
