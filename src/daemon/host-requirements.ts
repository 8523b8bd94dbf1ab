/** A version number, most significant part first. */
export type Version = readonly number[];

/** The first version number in a text: `6.1.0-13-amd64`, `nftables v1.0.6 (Lester Gooch #5)`. */
export function versionIn(text: string): Version | undefined {
  const found = /\d+(\.\d+)+/.exec(text)?.[0];
  return found?.split(".").map(Number);
}

export function isOlder(version: Version, than: Version): boolean {
  for (const [index, part] of than.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own < part;
  }
  return false;
}

/** As for kube-proxy: earlier kernels have nftables bugs that affect rules like ours. */
export const oldestKernel: Version = [5, 13];

/** The oldest nft with which these rulesets are tested. */
export const oldestNft: Version = [1, 0, 6];

/** What is wrong with a version, in words; undefined if it is new enough. */
export function versionProblem(what: string, text: string, oldest: Version): string | undefined {
  const version = versionIn(text);
  if (version === undefined) return `${what}: no version in ${JSON.stringify(text.slice(0, 100))}`;
  if (!isOlder(version, oldest)) return undefined;
  return `${what} is version ${version.join(".")}; it must be ${oldest.join(".")} or newer`;
}
