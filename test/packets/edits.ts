/** Changes to the text of manifests. Each throws an Error where there is nothing to change. */
export type Edit = (manifests: string) => string;

/** Without these endpoints, in all slices. */
export function without(...addresses: readonly string[]): Edit {
  return (manifests) =>
    addresses.reduce(
      (text, address) => replaced(text, new RegExp(`^ +- \\{ addresses: \\["?${address}"?\\].*\\n`, "gm"), ""),
      manifests,
    );
}

export function affinityTimeout(seconds: number): Edit {
  return substituted(/timeoutSeconds: \d+/g, `timeoutSeconds: ${seconds}`);
}

export function substituted(pattern: string | RegExp, replacement: string): Edit {
  return (manifests) => replaced(manifests, pattern, replacement);
}

function replaced(text: string, pattern: string | RegExp, replacement: string): string {
  const result = text.replaceAll(pattern, replacement);
  if (result === text) throw new Error(`no ${pattern} in the manifests`);
  return result;
}
