import { type Family, familyName } from "../../model/address.ts";

export function familyLabel(family: Family): { readonly ip_family: "IPv4" | "IPv6" } {
  return { ip_family: familyName(family) };
}

/** Labels in the text format of Prometheus, without the braces. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join();
}

/** Names that other programs give in the kernel may contain anything. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
