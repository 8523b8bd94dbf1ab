import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import TestSequencer from "@jest/test-sequencer";

/** The files that take longest, in order: they begin first, so that none of them is waited for in the end. */
const longest = [
  "e2e/scenarios",
  "e2e/flood",
  "paths/paths",
  "cli/inputs",
  "soak/soak",
  "e2e/drift",
  "io/conntrack/flows",
  "cli/diff",
  "cli/apply-in-place",
  "e2e/events",
  "hostile/too-many-files",
  "hostile/health-ports",
  "e2e/configuration",
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
