import { decodeConfig } from "../../src/config/config.ts";

export const header = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n";

/** What comes of a text. */
export function decoded(text: string) {
  const { config, problems, notes, errors } = decodeConfig(text);
  const line = ({ field, message }: { readonly field: string; readonly message: string }) => `${field}: ${message}`;
  return { config, problems: [...problems, ...notes].map(line), errors: errors.map(line) };
}

/** A file for the mode nftables with more lines. */
export function nftables(lines: string): string {
  return `${header}mode: nftables\n${lines}`;
}
