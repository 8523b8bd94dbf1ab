/** `npm run test:kernels`: tries rulesets in Debian's kernels, and writes what it finds to docs/kernels.md. */

import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../golden/fixture.ts";
import type { Finding } from "./findings.ts";
import { findingsOf } from "./guest-machine.ts";
import { makeImage } from "./image.ts";
import { faults, isSound, report } from "./report.ts";
import { packetFixtures, replacements } from "./work.ts";

/** Each has a folder in .cache/kernels. */
const kernels = ["debian-12", "debian-13", "newest"];

const { values } = parseArgs({
  options: {
    kernel: { type: "string", multiple: true, default: kernels },
    commits: { type: "string", default: "400" },
    minutes: { type: "string", default: "60" },
  },
});

for (const kernel of values.kernel) {
  const findings = await tried(kernel);
  if (!isSound(findings)) process.exitCode = 1;
}
const guests = kernels.map((kernel) => join(folderOf(kernel), "findings.json")).filter((file) => existsSync(file));
await writeFile(
  join(root, "docs/kernels.md"),
  `${report(guests.map((file) => JSON.parse(readFileSync(file, "utf8")))).trimEnd()}\n`,
);

async function tried(kernel: string): Promise<readonly Finding[]> {
  const folder = folderOf(kernel);
  const work = { packets: packetFixtures, replacements: await replacements(), commits: Number(values.commits) };
  const initramfs = await makeImage(folder, join(folder, "root"), work);
  const findings: Finding[] = [];
  const began = Date.now();
  const say = (text: string) =>
    process.stderr.write(`${kernel} ${Math.round((Date.now() - began) / 1000)} s: ${text}\n`);
  say("booting");
  const limit = Number(values.minutes) * 60_000;
  for await (const finding of findingsOf({
    kernel: join(folder, "vmlinuz"),
    initramfs,
    log: join(folder, "console.log"),
    limit,
  })) {
    if (finding.kind !== "progress") findings.push(finding);
    say(finding.kind === "progress" ? finding.text : JSON.stringify(finding));
  }
  for (const fault of faults(findings)) say(fault);
  await writeFile(join(folder, "findings.json"), JSON.stringify(findings));
  return findings;
}

function folderOf(kernel: string): string {
  return join(root, ".cache/kernels", kernel);
}
