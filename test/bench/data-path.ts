import { type Cost, type Traffic, World } from "./data-path/world.ts";
import { type Figure, inTurn, type Measure } from "./figures.ts";
import { kubeNFT } from "./layouts/kube-nft.ts";
import { layouts } from "./layouts/layouts.ts";
import { clusterIP, podIP, ports, type SyntheticService, syntheticServices } from "./synthetic.ts";

/** The node's rules, and whether clients call Services or, where the rules translate nothing, the pods themselves. */
type Variant = { readonly name: string; readonly rules: string; readonly calls: "services" | "pods" };

/** Rules may take so long to load, in ms. */
const limit = 300_000;

const newConnections: readonly (Traffic & { readonly name: string })[] = [
  { name: "a new UDP flow", kind: "udp", count: 100_000 },
  { name: "a new TCP connection", kind: "tcp", count: 20_000 },
];

/** What connections cost the node, by the layout of its rules. Every second Service is of UDP. */
export const dataPathFigures: Measure = async (size, runs, tell) => {
  const services = syntheticServices(size).map((service) => ({ ...service, protocol: protocolOf(service) }));
  const variants: readonly Variant[] = [
    { name: "no rules", rules: "", calls: "pods" },
    { name: "connection tracking", rules: tracking, calls: "pods" },
    ...layouts.map(({ name, load }) => ({ name, rules: load(services), calls: "services" }) as const),
  ];
  const stream = { name: "a TCP stream", kind: "stream", count: 500 } as const;
  return inWorlds(variants, tell, async (worlds) => {
    const figures: Figure[] = [];
    for (const { name, ...traffic } of newConnections) {
      tell(name);
      const costs = await costsInTurn(worlds, runs, traffic, services);
      figures.push(...connectionFigures(name, traffic.count, costs));
    }
    tell(stream.name);
    const costs = await costsInTurn(worlds, runs, stream, services);
    return [...figures, ...streamFigures(stream.name, stream.count, costs)];
  });
};

/** What session affinity adds to the cost of a new flow, by the number of endpoints. Every Service is of UDP. */
export const affinityFigures: Measure = async (size, runs, tell) => {
  const services = syntheticServices(size).map((service) => ({ ...service, protocol: "UDP" }) as const);
  const sticky = services.map((service) => ({ ...service, isSticky: true }));
  const variants: readonly Variant[] = [
    { name: "without affinity", rules: kubeNFT.load(services), calls: "services" },
    { name: "with affinity", rules: kubeNFT.load(sticky), calls: "services" },
  ];
  const traffic: Traffic = { kind: "udp", count: 100_000 };
  return inWorlds(variants, tell, async (worlds) =>
    connectionFigures("a new UDP flow", traffic.count, await costsInTurn(worlds, runs, traffic, services)),
  );
};

/** What translates nothing but has the kernel track connections, which all translation needs. */
const tracking = `table ip tracking {
  chain forward { type filter hook forward priority 0; ct state new accept; }
}
`;

type Worlds = readonly (Variant & { readonly world: World })[];

/** Each variant in a world of its own. One that takes too long to load is left out. */
async function inWorlds<T>(
  variants: readonly Variant[],
  tell: (step: string) => void,
  body: (worlds: Worlds) => Promise<T>,
): Promise<T> {
  const all: World[] = [];
  const ready: Worlds[number][] = [];
  try {
    for (const variant of variants) {
      tell(`loading: ${variant.name}`);
      const world = await World.start();
      all.push(world);
      if (await world.load(variant.rules, limit)) ready.push({ ...variant, world });
      else tell(`${variant.name} takes too long to load, and is left out`);
    }
    return await body(ready);
  } finally {
    for (const world of all) await world.close();
  }
}

function costsInTurn(worlds: Worlds, runs: number, traffic: Traffic, services: readonly SyntheticService[]) {
  const called = services.filter(({ protocol }) => protocol === (traffic.kind === "udp" ? "UDP" : "TCP"));
  const targets = {
    services: called.map(({ index }) => `${clusterIP(index)} ${ports.service}`),
    pods: called.flatMap(({ pods }) => pods.map((pod) => `${podIP(pod)} ${ports.endpoint}`)),
  };
  return inTurn(worlds, runs, ({ calls, world }) => world.cost(traffic, targets[calls]));
}

type Costs = ReadonlyMap<Variant, readonly Cost[]>;

function connectionFigures(name: string, count: number, costs: Costs): readonly Figure[] {
  return [...costs].flatMap(([{ name: variant }, each]) => [
    {
      name: `processor time of ${name}`,
      variant,
      unit: "µs",
      values: each.map(({ cpuSeconds }) => (cpuSeconds / count) * 1e6),
    } as const,
    { name: `rate of ${name}`, variant, unit: "/s", values: each.map(({ seconds }) => count / seconds) } as const,
  ]);
}

function streamFigures(name: string, megabytes: number, costs: Costs): readonly Figure[] {
  return [...costs].flatMap(([{ name: variant }, each]) => [
    {
      name: `processor time of a GB of ${name}`,
      variant,
      unit: "ms",
      values: each.map(({ cpuSeconds }) => (cpuSeconds / megabytes) * 1e6),
    } as const,
    {
      name: `rate of ${name}`,
      variant,
      unit: "Gbit/s",
      values: each.map(({ seconds }) => (megabytes * 8) / 1000 / seconds),
    } as const,
  ]);
}

function protocolOf({ index }: SyntheticService): "TCP" | "UDP" {
  return index % 2 === 0 ? "TCP" : "UDP";
}
