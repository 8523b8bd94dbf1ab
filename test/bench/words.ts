import { type Figure, median, type Unit } from "./figures.ts";

/** Figures in columns, for a terminal. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, variant, values } = figure;
    return [
      variant === undefined ? name : `${name}, ${variant}`,
      medianWords(figure),
      spreadWords(figure),
      values.length,
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(6, ...rows.map((row) => String(row[column]).length)));
  const line = (row: readonly unknown[]) =>
    row
      .map((cell, i) => String(cell).padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(["", "median", "range", "runs"]), ...rows.map(line)].join("\n");
}

/** The median; where there is none, why. */
export function medianWords(figure: Figure): string {
  if (figure.stoppedAt !== undefined) return `> ${valueWords(figure.stoppedAt, figure.unit)}`;
  return figure.values.length === 0 ? "skipped" : valueWords(median(figure.values), figure.unit);
}

/** The least and the largest value, in the unit of the median; empty where there is one value. */
export function spreadWords({ values, unit }: Figure): string {
  if (new Set(values).size < 2) return "";
  const { factor, digits } = scale(median(values), unit);
  return [Math.min(...values), Math.max(...values)].map((value) => grouped(value / factor, digits)).join(" to ");
}

export function valueWords(value: number, unit: Unit): string {
  const { factor, digits, word } = scale(value, unit);
  return `${grouped(value / factor, digits)}${word}`;
}

/** Two or three digits that count. */
function scale(value: number, unit: Unit): { readonly factor: number; readonly digits: number; readonly word: string } {
  if (unit === "count") return { factor: 1, digits: Number.isInteger(value) ? 0 : 2, word: "" };
  if (unit === "/s") return { factor: 1000, digits: value < 100_000 ? 1 : 0, word: "k/s" };
  if (unit === "ms" && value >= 1000) return { factor: 1000, digits: value < 10_000 ? 1 : 0, word: " s" };
  return { factor: 1, digits: value < 10 ? 1 : 0, word: ` ${unit}` };
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
