import { type Figure, inTurn, type Measure } from "./figures.ts";
import type { Layout } from "./layouts/layout.ts";
import { layouts } from "./layouts/layouts.ts";
import { loading, type Operation, operations } from "./layouts/operations.ts";
import { Site } from "./layouts/site.ts";
import type { Size } from "./synthetic.ts";

/**
 * How long nft and the kernel take to load, fill again and change the tables of each layout, which take turns.
 *
 * A call that takes more than `limit` ms is stopped. The layout is then not asked for larger sizes.
 */
export function kernelBenchmark(limit: number): Measure {
  const stopped: { readonly layout: Layout; readonly size: Size }[] = [];
  return async (size, runs, tell) => {
    const sites = layouts
      .filter((layout) => !stopped.some((each) => each.layout === layout && isWithin(each.size, size)))
      .map((layout) => new Site(layout, limit));
    try {
      const load = loading(size);
      const changes = operations(size);
      const figures = [...(await operationFigures(sites, load, runs, tell))];
      const loaded = sites.filter(({ layout }) => !isStopped(figures, layout));
      for (const operation of changes) figures.push(...(await operationFigures(loaded, operation, runs, tell)));
      for (const layout of layouts) if (isStopped(figures, layout)) stopped.push({ layout, size });
      return withSkipped(figures, [load, ...changes]);
    } finally {
      for (const site of sites) await site.close();
    }
  };
}

async function operationFigures(
  sites: readonly Site[],
  operation: Operation,
  runs: number,
  tell: (step: string) => void,
): Promise<readonly Figure[]> {
  const { names, texts, isAfresh } = operation;
  tell(names[0] ?? "");
  const textsOf = new Map(sites.map((site) => [site, texts(site.layout)]));
  const results = await inTurn(sites, runs, async (site) => {
    const times: number[] = [];
    for (const text of textsOf.get(site) ?? []) {
      const ms = isAfresh ? await site.applyAfresh(text) : await site.apply(text);
      if (ms === undefined) return undefined;
      times.push(ms);
    }
    return times;
  });
  return sites.flatMap((site) =>
    [...new Set(names)].map((name) => {
      const values = (results.get(site) ?? []).flatMap((times) => times.filter((_, i) => names[i] === name));
      const figure: Figure = { name, variant: site.layout.name, unit: "ms", values };
      return values.length > 0 ? figure : { ...figure, stoppedAt: site.limit };
    }),
  );
}

/** A figure of each layout for each operation, so that what was left out is seen. */
function withSkipped(figures: readonly Figure[], all: readonly Operation[]): readonly Figure[] {
  return [...new Set(all.flatMap(({ names }) => names))].flatMap((name) =>
    layouts.map(({ name: variant }) => {
      const figure = figures.find((each) => each.name === name && each.variant === variant);
      return figure ?? { name, variant, unit: "ms", values: [] };
    }),
  );
}

function isStopped(figures: readonly Figure[], layout: Layout): boolean {
  return figures.some(({ variant, stoppedAt }) => variant === layout.name && stoppedAt !== undefined);
}

function isWithin(small: Size, large: Size): boolean {
  return small.services <= large.services && small.endpoints <= large.endpoints;
}
