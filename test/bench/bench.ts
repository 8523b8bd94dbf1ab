import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { agentFigures } from "./agent.ts";
import { type Figure, table } from "./figures.ts";
import { loadFigures } from "./kernel.ts";
import { processFigures } from "./process.ts";
import { pureFigures } from "./pure.ts";
import type { Size } from "./synthetic.ts";

const usage = `Usage: npm run bench -- [--services N] [--endpoints N] [--runs N] [--only pure,process,load,agent] [--json]

Measures kube-nft with N Services (default 10000, and 1000 for comparison) of N endpoints (default 10).
pure     decode, compile, print and diff, in one process
process  render, as a process
load     nft -f of the ruleset, and of one written by hand; needs root
agent    kube-nft run against an API server: from an event to the first packet, memory, processor time; needs root
`;

const benchmarks: Readonly<Record<string, (size: Size, runs: number) => Promise<readonly Figure[]>>> = {
  pure: pureFigures,
  process: processFigures,
  load: loadFigures,
  agent: agentFigures,
};

const { values } = parseArgs({
  options: {
    services: { type: "string", default: "10000" },
    endpoints: { type: "string", default: "10" },
    runs: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(benchmarks).join() },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await run();

async function run(): Promise<void> {
  const size: Size = { services: Number(values.services), endpoints: Number(values.endpoints) };
  const small: Size = { ...size, services: Math.ceil(size.services / 10) };
  const tiny: Size = { ...size, services: Math.ceil(size.services / 100) };
  const figures: Figure[] = [];
  for (const name of values.only.split(",")) {
    const benchmark = benchmarks[name];
    if (benchmark === undefined) throw new Error(`there is no benchmark ${name}\n${usage}`);
    for (const each of name === "process" ? [size] : name === "agent" ? [tiny, size] : [small, size]) {
      process.stderr.write(`${name}, ${each.services} Services of ${each.endpoints} endpoints ...\n`);
      figures.push(...(await benchmark(each, Number(values.runs))));
    }
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`;
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine, figures }, undefined, 2)}\n` : `${machine}\n\n${table(figures)}\n`,
  );
}
