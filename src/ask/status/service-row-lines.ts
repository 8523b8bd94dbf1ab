import { familyName } from "../../model/address.ts";
import { type Column, knownColumns, tableLines } from "../columns.ts";
import type { ServiceRow } from "./status.ts";

/** All service ports as a table. */
export function serviceRowLines(rows: readonly ServiceRow[]): readonly string[] {
  return tableLines(serviceColumns(rows), rows);
}

/** The columns of which any cell is known. */
export function serviceColumns(rows: readonly ServiceRow[]): readonly Column<ServiceRow>[] {
  const isDualStack = new Set(rows.map(({ family }) => family)).size > 1;
  const all: readonly Column<ServiceRow>[] = [
    ["SERVICE", ({ service, port }) => (port === "" ? service : `${service}:${port}`)],
    ["FAMILY", ({ family }) => (isDualStack ? familyName(family) : undefined)],
    ["FRONTEND", ({ frontends }) => frontendText(frontends)],
    ["APP PROTOCOL", ({ appProtocol }) => appProtocol],
    ["ENDPOINTS", ({ used, known }) => `${used}/${known}`],
    ["POLICY", ({ policies }) => policies.join(", ") || undefined],
    ["STATE", ({ state }) => state],
    ["NEW CONNECTIONS", ({ connections }) => connections?.toString()],
    ["REFUSED", ({ refused }) => refused?.toString()],
    ["DROPPED", ({ dropped }) => dropped?.toString()],
    ["LABELS", ({ labels }) => labels],
  ];
  return knownColumns(all, rows);
}

function frontendText([first = "none", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}
