import { type Family, familyName } from "../../model/address.ts";

export function familyLabel(family: Family): { readonly ip_family: "IPv4" | "IPv6" } {
  return { ip_family: familyName(family) };
}

/** Labels as the text format of Prometheus has them between its braces. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join();
}

/** Of names that others have put into the kernel, nothing is certain. */
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
