import { type EChartsOption, init, type LineSeriesOption, type SeriesOption } from "echarts";
import { valueWords } from "../words.ts";

/** How one thing grows, over the number of Services. */
export type Line = {
  readonly name: string;
  readonly color: string;
  /** Services, and the median in ms. */
  readonly points: readonly Point[];
  /** Where it was stopped: it takes longer than that. */
  readonly stopped: Point | undefined;
};

export type Point = readonly [number, number];

export type Panel<T> = { readonly title: string; readonly items: readonly T[] };

export type Bar = { readonly name: string; readonly color: string; readonly value: number };

const width = 920;
const font = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";
const ink = "#1f2328";
const faint = "#59636e";
const grid = "#e4e8ec";
/** From the end of a line to its name above it. */
const above = [-20, -20] as const;

/** Lines on logarithmic axes, in panels beside each other, each line with its name at its end. */
export function lineChart(panels: readonly Panel<Line>[], xName: string): string {
  const height = 400;
  const services = panels.flatMap(({ items }) => items.flatMap(({ points }) => points.map(([x]) => x)));
  const [least, most] = [Math.min(...services), Math.max(...services)];
  const ticks = [10, 100, 1000, 10_000, 100_000, most].filter((tick) => tick >= least && tick <= most);
  return svg(height, {
    title: titles(panels, 58, 136),
    grid: panels.map((_, i) => ({ ...column(panels.length, i, 58, 136), top: 48, bottom: 52 })),
    xAxis: panels.map((_, gridIndex) => ({
      type: "log",
      gridIndex,
      min: least,
      max: most,
      name: xName,
      nameLocation: "middle",
      nameGap: 30,
      nameTextStyle: { color: faint, fontSize: 12 },
      axisLabel: { color: faint, customValues: ticks, formatter: (value: number) => value.toLocaleString("en") },
      axisTick: { customValues: ticks },
      axisLine: { lineStyle: { color: faint } },
      splitLine: { show: false },
    })),
    yAxis: panels.map((_, gridIndex) => ({
      type: "log",
      gridIndex,
      axisLabel: { color: faint, formatter: (value: number) => valueWords(value, "ms").replace(".0", "") },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: grid } },
    })),
    series: panels.flatMap(({ items }, axis) => {
      const reach = Math.max(...items.map(({ stopped }) => stopped?.[0] ?? 0));
      return items.flatMap((line) => lineSeries(line, axis, ((line.stopped ?? line.points.at(-1))?.[0] ?? 0) < reach));
    }),
  });
}

/** Bars in panels beside each other, each with its value; the names are at the first. */
export function barChart(panels: readonly Panel<Bar>[], valueName: (value: number) => string): string {
  const bars = Math.max(...panels.map(({ items }) => items.length));
  return svg(60 + 34 * bars, {
    title: titles(panels, 0, 60, 215),
    grid: panels.map((_, i) => ({ ...column(panels.length, i, 0, 60, 215), top: 44, bottom: 10 })),
    xAxis: panels.map((_, gridIndex) => ({ type: "value", gridIndex, show: false, min: 0 })),
    yAxis: panels.map(({ items }, gridIndex) => ({
      type: "category",
      gridIndex,
      inverse: true,
      data: items.map(({ name }) => name),
      axisLabel: { show: gridIndex === 0, color: ink, fontSize: 13 },
      axisLine: { lineStyle: { color: faint } },
      axisTick: { show: false },
    })),
    series: panels.map(({ items }, axis) => ({
      type: "bar",
      silent: true,
      xAxisIndex: axis,
      yAxisIndex: axis,
      barWidth: 20,
      data: items.map(({ value, color }) => ({ value, itemStyle: { color } })),
      label: { show: true, position: "right", color: ink, formatter: ({ value }) => valueName(Number(value)) },
    })),
  });
}

/** A line has its name at its end: to the right, or above where others may pass it there. */
function lineSeries({ name, color, points, stopped }: Line, axis: number, isPassed: boolean): readonly SeriesOption[] {
  const common = {
    type: "line",
    silent: true,
    xAxisIndex: axis,
    yAxisIndex: axis,
    color,
    symbolSize: 7,
  } as const;
  const text = name.replace(" and ", "\nand ");
  const endLabel: NonNullable<LineSeriesOption["endLabel"]> = {
    show: true,
    color,
    fontSize: 12,
    fontWeight: "bold",
    formatter: stopped === undefined ? text : `${text}\n> ${valueWords(stopped[1], "ms")}`,
    ...(isPassed ? { align: "right", offset: [...above] } : {}),
  };
  const labelLayout = { moveOverlap: "shiftY" } as const;
  const measured: SeriesOption = {
    ...common,
    data: points.map((point) => [...point]),
    symbol: "circle",
    lineStyle: { width: 2.5 },
    ...(stopped === undefined ? { endLabel, labelLayout } : {}),
  };
  if (stopped === undefined) return [measured];
  const beyond: SeriesOption = {
    ...common,
    data: [...points.slice(-1), stopped].map((point) => [...point]),
    symbol: (_: unknown, { dataIndex }: { readonly dataIndex: number }) => (dataIndex > 0 ? "emptyTriangle" : "none"),
    lineStyle: { width: 2, type: "dashed" },
    endLabel,
    labelLayout,
  };
  return [measured, beyond];
}

function titles(panels: readonly Panel<unknown>[], left: number, right: number, first = 0) {
  return panels.map(({ title: text }, i) => ({
    text,
    left: column(panels.length, i, left, right, first).left,
    top: 8,
    padding: 0,
    textStyle: { color: ink, fontSize: 15, fontWeight: 600 } as const,
  }));
}

/** The place of a panel; `first` is what the first one needs for names. */
function column(count: number, index: number, left: number, right: number, first = 0) {
  const each = (width - first) / count;
  return { left: first + index * each + left, width: each - left - right };
}

/** A text, on white, as a page that shows it may be dark. */
function svg(height: number, option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  chart.setOption({ animation: false, backgroundColor: "#ffffff", textStyle: { fontFamily: font }, ...option });
  const text = chart.renderToSVGString();
  chart.dispose();
  return text;
}
