import { printTable } from "../iptables/print.ts";
import type { Family } from "../model/address.ts";
import type { Problem } from "../model/problem.ts";
import { printRuleset } from "../nft/print-ruleset.ts";
import { rulesetJSON } from "../nft/ruleset-json.ts";
import { iptablesProblems } from "./lower/iptables/problems.ts";
import { iptablesTables } from "./lower/iptables/tables.ts";
import type { Settings } from "./settings.ts";
import type { ServiceTable } from "./table/service-table.ts";

/** The formats to which plans can be lowered. */
export type Output = "nft" | "json" | "iptables" | "ip6tables";

/** Plans in one of these formats, and what it cannot express of them. */
export function outputText(
  tables: readonly ServiceTable[],
  settings: Settings,
  output: Output,
): { readonly text: string; readonly problems: readonly Problem[] } {
  switch (output) {
    case "nft":
      return { text: printRuleset(tables.map((table) => table.rendered())), problems: [] };
    case "json":
      return { text: rulesetJSON(tables.map((table) => table.rendered())), problems: [] };
    case "iptables":
      return iptablesText(tables, settings, "ip");
    case "ip6tables":
      return iptablesText(tables, settings, "ip6");
  }
}

function iptablesText(tables: readonly ServiceTable[], settings: Settings, family: Family) {
  const services = tables.find((table) => table.family === family)?.served ?? [];
  const program = family === "ip" ? "iptables" : "ip6tables";
  const head = [
    `For ${program}-restore --noflush, which replaces chains of equal name: beside kube-proxy, those of kube-proxy.`,
    "To load it again, leave out what is inserted into the kernel's chains, as it is there: sed /^-I/d",
  ];
  const text = iptablesTables(family, services, settings).map((table) => printTable(family, table));
  return {
    text: `${head.map((line) => `# ${line}\n`).join("")}${text.join("")}`,
    problems: iptablesProblems(family, services, settings),
  };
}
