import { existsSync } from "node:fs";
import { test } from "@jest/globals";

/** The versions of nft with which rulesets are tested: this machine's, and Debian 13's from where the set-up puts it. */
export const nftPrograms: readonly { readonly name: string; readonly path: string }[] = [
  { name: "this machine's nft", path: ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft"].find(existsSync) ?? "nft" },
  { name: "Debian 13's nft", path: new URL("../../.cache/debian-13/nft", import.meta.url).pathname },
];

/** Why nothing can be loaded into this kernel, or undefined if it can. */
export function kernelUnavailable(): string | undefined {
  return process.getuid?.() === 0 ? undefined : "needs root for network namespaces";
}

/** The Jest function that defines a test: `test`, or `test.concurrent`. */
export type AddTest = (title: string, body: () => Promise<void>) => void;

/**
 * A test with the real kernel, once for each nft. If it cannot run it is skipped with the reason in its name; in CI it
 * runs, and fails.
 */
export function kernelTest(name: string, body: (nft: string) => Promise<void>, add: AddTest = test): void {
  for (const nft of nftPrograms) {
    const reason = kernelUnavailable() ?? (existsSync(nft.path) ? undefined : `there is no ${nft.path}`);
    testUnless(reason, `${name}, ${nft.name}`, () => body(nft.path), add);
  }
}

/** A test that needs root, skipped and run like a `kernelTest`. */
export function rootTest(name: string, body: () => Promise<void>, add: AddTest = test): void {
  testUnless(kernelUnavailable(), name, body, add);
}

/** A test that is skipped for a reason, if there is one, but never in CI. */
export function testUnless(
  reason: string | undefined,
  title: string,
  body: () => Promise<void>,
  add: AddTest = test,
): void {
  const isSkipped = reason !== undefined && process.env["CI"] !== "true";
  // biome-ignore lint/suspicious/noSkippedTests: only root can load rules, and only Debian has this nft and promtool
  if (isSkipped) test.skip(`${title} (skipped: ${reason})`, () => {});
  else add(title, body);
}
