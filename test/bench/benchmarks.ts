import { agentFigures, readinessFigures, stickyFigures } from "./agent.ts";
import { affinityFigures, dataPathFigures } from "./data-path.ts";
import type { Measure } from "./figures.ts";
import { kernelBenchmark } from "./kernel.ts";
import { loadFigures } from "./load.ts";
import { processFigures } from "./process.ts";
import { pureFigures } from "./pure.ts";
import type { Size } from "./synthetic.ts";

export type Benchmark = {
  readonly name: string;
  readonly description: string;
  readonly needsRoot: boolean;
  /** The sizes that tell most. */
  readonly sizes: readonly Size[];
  readonly measure: Measure;
};

/** A table of more endpoints is not what a cluster has, and takes other layouts hours. */
export const mostEndpoints = 300_000;

export const benchmarks: readonly Benchmark[] = [
  {
    name: "pure",
    description: "decode, compile, print and diff, in one process",
    needsRoot: false,
    sizes: sizes([1000, 10_000], [10]),
    measure: pureFigures,
  },
  {
    name: "process",
    description: "render, as a process",
    needsRoot: false,
    sizes: sizes([10_000], [10]),
    measure: processFigures,
  },
  {
    name: "load",
    description: "nft -f of the ruleset, and of one written by hand",
    needsRoot: true,
    sizes: sizes([1000, 10_000], [10]),
    measure: loadFigures,
  },
  {
    name: "kernel",
    description: "load, sync and change the tables: kube-nft, and the layouts of kube-proxy",
    needsRoot: true,
    sizes: sizes([100, 1000, 10_000, 30_000], [1, 10, 50]),
    measure: kernelBenchmark(300_000),
  },
  {
    name: "published",
    description: "as kernel, at the sizes of what others have published, and of one Service with 100,000 endpoints",
    needsRoot: true,
    sizes: [
      { services: 8000, endpoints: 30 },
      { services: 45_000, endpoints: 1 },
      { services: 5000, endpoints: 50 },
      { services: 1, endpoints: 100_000 },
    ],
    measure: kernelBenchmark(300_000),
  },
  {
    name: "data-path",
    description: "new and established connections through the tables of each layout, and through none",
    needsRoot: true,
    // At 10,000 Services it takes minutes to load the layout with the most chains, and its packets cost the same.
    // Long lists have room, and chains that try again: few Services are enough to tell what that costs.
    sizes: [...sizes([1000, 5000], [10]), ...sizes([10], [100, 1000])],
    measure: dataPathFigures,
  },
  {
    name: "affinity",
    description: "new flows to Services with session affinity, and without",
    needsRoot: true,
    sizes: sizes([100], [1, 10, 1000]),
    measure: affinityFigures,
  },
  {
    name: "agent",
    description: "kube-nft run against an API server: from an event to the first packet, memory, processor time",
    needsRoot: true,
    sizes: sizes([100, 1000, 10_000, 30_000], [10]),
    measure: agentFigures,
  },
  {
    name: "readiness",
    description: "kube-nft run: an endpoint that becomes ready and unready, which should cost the same at every size",
    needsRoot: true,
    sizes: sizes([300, 30_000], [10]),
    measure: readinessFigures,
  },
  {
    name: "sticky",
    description: "kube-nft run: a rolling update of a Service with session affinity, under new connections",
    needsRoot: true,
    sizes: sizes([300], [10]),
    measure: stickyFigures,
  },
];

/** Each number of Services with each number of endpoints, but no more endpoints than a cluster has. */
export function sizes(services: readonly number[], endpoints: readonly number[]): readonly Size[] {
  return services
    .flatMap((each) => endpoints.map((every) => ({ services: each, endpoints: every })))
    .filter((size) => size.services * size.endpoints <= mostEndpoints);
}
