import { type Content, element } from "./dom.ts";

/** A table; on a narrow screen, each cell follows its heading. */
export function table(headings: readonly string[], rows: readonly (readonly Content[])[]): HTMLElement {
  const head = element("tr", {}, ...headings.map((heading) => element("th", { scope: "col" }, heading)));
  const body = rows.map((row) =>
    element("tr", {}, ...row.map((cell, index) => element("td", { "data-head": headings[index] }, cell))),
  );
  return element(
    "div",
    { class: "wide" },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

/** Names and values, one pair per line. */
export function facts(rows: readonly (readonly [string, Content])[]): HTMLElement {
  const lines = rows.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)),
  );
  return element("div", { class: "wide" }, element("table", {}, element("tbody", {}, ...lines)));
}

export type LongTable<Row> = {
  readonly element: HTMLElement;
  /** Replaces the rows, and keeps the scroll position. */
  show(rows: readonly Row[]): void;
};

/**
 * A table of any length: only visible rows are elements.
 *
 * @param widths of the columns, as for a CSS grid
 */
export function longTable<Row>(
  headings: readonly string[],
  widths: string,
  cells: (row: Row) => readonly Content[],
): LongTable<Row> {
  const inner = element("div", { role: "rowgroup" });
  const spacer = element("div", { "aria-hidden": "true" });
  const scroller = element("div", { class: "rows", tabindex: "0" }, spacer, inner);
  const heads = element("div", { class: "heads", role: "row" }, ...headings.map((each) => cell("columnheader", each)));
  const all = element("div", { role: "table" }, heads, scroller);
  all.style.setProperty("--columns", widths);
  let rows: readonly Row[] = [];
  let drawn = "";
  const draw = () => {
    const height = rowHeight();
    const first = Math.max(0, Math.floor(scroller.scrollTop / height) - spareRows);
    const last = Math.min(rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + spareRows);
    const now = `${first} ${last} ${height}`;
    if (now === drawn) return;
    drawn = now;
    spacer.style.cssText = `height: ${rows.length * height}px; position: static`;
    inner.style.top = `${first * height}px`;
    inner.replaceChildren(
      ...rows.slice(first, last).map((row, index) => {
        const made = element("div", { class: "row", role: "row", "aria-rowindex": String(first + index + 1) });
        made.append(...cells(row).map((content) => cell("cell", content)));
        return made;
      }),
    );
  };
  scroller.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(scroller);
  return {
    element: all,
    show(next) {
      rows = next;
      drawn = "";
      all.setAttribute("aria-rowcount", String(rows.length));
      draw();
    },
  };
}

function cell(role: string, content: Content): HTMLElement {
  return element("div", { role, title: typeof content === "string" ? content : undefined }, content);
}

/** In pixels, as in the style sheet. */
function rowHeight(): number {
  const root = getComputedStyle(document.documentElement);
  return Number.parseFloat(root.getPropertyValue("--row")) * Number.parseFloat(root.fontSize);
}

const spareRows = 10;
