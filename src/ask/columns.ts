/** A heading, and the cell below it; undefined if it is not known. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | undefined];

/** The columns of which any cell is known. */
export function knownColumns<Row>(all: readonly Column<Row>[], rows: readonly Row[]): readonly Column<Row>[] {
  return all.filter(([, cell]) => rows.some((row) => cell(row) !== undefined));
}

/** Rows as lines below their headings; `-` for unknown cells. */
export function tableLines<Row>(shown: readonly Column<Row>[], rows: readonly Row[], indent = ""): readonly string[] {
  const cells = rows.map((row) => shown.map(([, cell]) => cell(row) ?? "-"));
  return columns([shown.map(([heading]) => heading), ...cells], indent);
}

/** Aligns the columns of a table, like kubectl. */
export function columns(rows: readonly (readonly string[])[], indent = ""): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    `${indent}${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd(),
  );
}
