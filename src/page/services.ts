import type { Column } from "../ask/columns.ts";
import { serviceColumns } from "../ask/status/service-row-lines.ts";
import type { ServiceRow } from "../ask/status/status.ts";
import { ask } from "./data.ts";
import { element, link, serviceAddress, show } from "./dom.ts";
import { type LongTable, longTable } from "./table.ts";

/** All service ports, or those that match the search. */
export function services(view: HTMLElement, search: HTMLInputElement): () => Promise<void> {
  const only = document.createElement("select");
  only.ariaLabel = "Which Services";
  only.append(new Option("All", ""), new Option("Not served everywhere", "problem"));
  const count = element("span", { class: "dim", role: "status" }, "Loading…");
  const place = element("div");
  show(view, element("div", { class: "tools" }, element("h1", {}, "Services"), only, count), place);
  let rows: readonly ServiceRow[] = [];
  let table: LongTable<ServiceRow> | undefined;
  let headings = "";
  const draw = () => {
    const wanted = search.value.trim().toLowerCase();
    const shown = rows.filter((row) => (only.value === "" || row.state !== "served") && textOf(row).includes(wanted));
    count.textContent =
      shown.length === rows.length ? `${rows.length} ports` : `${shown.length} of ${rows.length} ports`;
    table?.show(shown);
  };
  search.oninput = draw;
  only.onchange = draw;
  return async () => {
    rows = await ask<readonly ServiceRow[]>("services.json");
    const columns = serviceColumns(rows);
    const now = columns.map(([heading]) => heading).join();
    if (now !== headings) {
      headings = now;
      table = tableOf(columns);
      show(place, table.element);
    }
    draw();
  };
}

function tableOf(columns: readonly Column<ServiceRow>[]): LongTable<ServiceRow> {
  const headings = columns.map(([heading]) => heading);
  const wide = new Map([
    ["SERVICE", "minmax(12rem, 2fr)"],
    ["FRONTEND", "minmax(10rem, 1.5fr)"],
  ]);
  const widths = headings.map((heading) => wide.get(heading) ?? "minmax(5rem, 1fr)");
  return longTable(headings, widths.join(" "), (row) =>
    columns.map(([heading, cell]) => {
      const text = cell(row) ?? "–";
      if (heading === "SERVICE") return link(serviceAddress(row.service), text);
      const isTrouble = heading === "STATE" && row.state !== "served";
      return isTrouble ? element("span", { class: "warn" }, text) : text;
    }),
  );
}

const texts = new WeakMap<ServiceRow, string>();

/** The text of a row that searches look at. */
function textOf(row: ServiceRow): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { service, port, type, appProtocol, labels, frontends, policies, state } = row;
  const parts = [`${service}:${port}`, type, appProtocol, labels, ...frontends, ...policies, state];
  const text = parts.join(" ").toLowerCase();
  texts.set(row, text);
  return text;
}
