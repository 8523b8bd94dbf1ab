import { type Figure, median } from "../figures.ts";
import { kubeNFT } from "../layouts/kube-nft.ts";
import { chainPerEndpoint, chainPerService } from "../layouts/kube-proxy.ts";
import { layouts } from "../layouts/layouts.ts";
import type { Result, Results } from "../results.ts";
import { valueWords } from "../words.ts";
import { type Bar, barChart, type Line, lineChart, type Panel, type Point } from "./charts.ts";

/** The charts, by file name in `docs`. One for which there are no results is left out. */
export function charts({ results }: Results): ReadonlyMap<string, string> {
  const of = (name: string) => results.filter(({ benchmark }) => benchmark === name);
  const growth = growthPanels(of("kernel"));
  const connections = connectionPanels(of("data-path"));
  return new Map([
    ...(growth.length > 0 ? [["growth.svg", lineChart(growth, "Services, of 10 endpoints each")] as const] : []),
    ...(connections.length > 0
      ? [["connections.svg", barChart(connections, (value) => valueWords(value, "µs"))] as const]
      : []),
  ]);
}

const colors: ReadonlyMap<string, string> = new Map([
  [kubeNFT.name, "#0969da"],
  [chainPerService.name, "#bc4c00"],
  [chainPerEndpoint.name, "#8250df"],
]);
const otherColor = "#8c959f";

const grown = [
  { figure: "load", title: "Loading all Services" },
  { figure: "change one endpoint", title: "Changing one endpoint" },
] as const;

function growthPanels(results: readonly Result[]): readonly Panel<Line>[] {
  const ofTen = results.filter(({ size }) => size.endpoints === 10).sort((a, b) => a.size.services - b.size.services);
  if (ofTen.length < 2) return [];
  return grown.map(({ figure: wanted, title }) => ({
    title,
    items: layouts.map(({ name }) => {
      const measured = ofTen.flatMap(({ size, figures }) =>
        figures
          .filter((figure) => figure.name === wanted && figure.variant === name)
          .map((figure) => ({ services: size.services, figure })),
      );
      const points = measured
        .filter(({ figure }) => figure.values.length > 0)
        .map(({ services, figure }): Point => [services, median(figure.values)]);
      const [stopped] = measured
        .filter(({ figure }) => figure.stoppedAt !== undefined)
        .map(({ services, figure }): Point => [services, figure.stoppedAt ?? 0]);
      return { name, color: colors.get(name) ?? otherColor, points, stopped };
    }),
  }));
}

/** Of the largest cluster: the difference from one to another is small as it is. */
function connectionPanels(results: readonly Result[]): readonly Panel<Bar>[] {
  const largest = [...results].sort((a, b) => b.size.services - a.size.services)[0];
  const bar = ({ variant = "", values }: Figure): Bar => ({
    name: variant,
    color: colors.get(variant) ?? otherColor,
    value: median(values),
  });
  return ["a new UDP flow", "a new TCP connection"].flatMap((name) => {
    const figures = largest?.figures.filter((figure) => figure.name === `processor time of ${name}`) ?? [];
    return figures.length > 0 ? [{ title: `Processor time of ${name}`, items: figures.map(bar) }] : [];
  });
}
