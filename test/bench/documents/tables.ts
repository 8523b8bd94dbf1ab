import type { Figure } from "../figures.ts";
import type { Result } from "../results.ts";
import type { Size } from "../synthetic.ts";
import { medianWords, spreadWords } from "../words.ts";

/** For each thing that was measured a table of its own: a row a size, a column for each that is compared. */
export function sideBySide(results: readonly Result[]): string {
  const names = [...new Set(results.flatMap(({ figures }) => figures.map(({ name }) => name)))];
  return names
    .map((name) => {
      const rows = results.map(({ size, figures }) => ({
        size,
        figures: figures.filter((each) => each.name === name),
      }));
      const variants = [...new Set(rows.flatMap(({ figures }) => figures.map(({ variant = "" }) => variant)))];
      const lines = inOrder(rows).map(({ size, figures }) => [
        sizeWords(size),
        ...variants.map((variant) => cell(figures.find((each) => each.variant === variant))),
      ]);
      return markdown([`**${name}**`, ...variants], lines);
    })
    .join("\n");
}

/** Everything in one table: a row a figure, a column a size. */
export function bySize(results: readonly Result[]): string {
  if (results.length === 0) return "";
  const columns = inOrder(results);
  const labels = [...new Set(columns.flatMap(({ figures }) => figures.map(label)))];
  const lines = labels.map((each) => [
    each,
    ...columns.map(({ figures }) => cell(figures.find((figure) => label(figure) === each))),
  ]);
  return markdown(["", ...columns.map(({ size }) => sizeWords(size))], lines);
}

/** A table for each size: a row for each thing that was measured, a column for each that is compared. */
export function byThing(results: readonly Result[]): string {
  return inOrder(results)
    .map(({ size, figures }) => {
      const names = [...new Set(figures.map(({ name }) => name))];
      const variants = [...new Set(figures.map(({ variant = "" }) => variant))];
      const lines = names.map((name) => [
        name,
        ...variants.map((variant) => cell(figures.find((each) => each.name === name && each.variant === variant))),
      ]);
      return markdown([sizeWords(size), ...variants], lines);
    })
    .join("\n");
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return row(head) + row(head.map(() => "---")) + lines.map(row).join("");
}

function sizeWords({ services, endpoints }: Size): string {
  return `${services.toLocaleString("en")} Services of ${endpoints.toLocaleString("en")}`;
}

function cell(figure: Figure | undefined): string {
  if (figure === undefined) return "";
  const spread = spreadWords(figure);
  return `${medianWords(figure)}${spread === "" ? "" : ` (${spread})`}`;
}

function label({ name, variant }: Figure): string {
  return variant === undefined ? name : `${name}, ${variant}`;
}

function inOrder<T extends { readonly size: Size }>(results: readonly T[]): readonly T[] {
  return [...results].sort((a, b) => a.size.services - b.size.services || a.size.endpoints - b.size.endpoints);
}
