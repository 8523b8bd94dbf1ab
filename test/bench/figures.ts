/** Repeated measurements of one thing, in one unit. */
export type Figure = {
  readonly name: string;
  readonly unit: "ms" | "MB" | "count";
  readonly values: readonly number[];
};

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Runs something once to warm up, then some times over; returns how long each took, in ms. */
export async function time(runs: number, body: () => unknown): Promise<readonly number[]> {
  await body();
  const values: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    await body();
    values.push(performance.now() - start);
  }
  return values;
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, values }) => {
    const show = (value: number) => (unit === "count" ? String(value) : `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`);
    return [name, show(median(values)), `${show(Math.min(...values))} to ${show(Math.max(...values))}`, values.length];
  });
  const widths = [0, 1, 2].map((column) => Math.max(6, ...rows.map((row) => String(row[column]).length)));
  const line = (row: readonly unknown[]) =>
    row
      .map((cell, i) => String(cell).padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(["", "median", "range", "runs"]), ...rows.map(line)].join("\n");
}
