import type { Lab, Probe } from "./lab.ts";

/** Many connections from one address to one frontend of `fixtures/demo.yaml`. */
export type Call = {
  readonly title: string;
  readonly from: Probe["from"];
  readonly to: string;
  readonly port: number;
  readonly count: number;
  /** Those who should answer, each as often as the others. */
  readonly endpoints: readonly string[];
  /** One of the endpoints, whichever it is, should answer all. */
  readonly isSticky: boolean;
};

/** How often an endpoint answered, and what source addresses it saw. */
export type Answers = { readonly endpoint: string; readonly count: number; readonly sources: readonly string[] };

const web = ["pod1:8080", "pod2:8080", "pod5:8080"];
const shop = ["pod1:8443", "pod2:8443"];
const chat = ["pod1:9090", "pod2:9090", "pod5:9090"];
const balanced = { count: 200, isSticky: false };

export const calls: readonly Call[] = [
  {
    title: "a pod connects to a ClusterIP",
    from: "pod3",
    to: "10.96.0.10",
    port: 80,
    endpoints: web,
    ...balanced,
  },
  {
    title: "the same over IPv6",
    from: "pod3",
    to: "fd00:10:96::10",
    port: 80,
    endpoints: web,
    ...balanced,
  },
  {
    title: "an outside client connects to a NodePort, and is masqueraded",
    from: "client",
    to: "192.0.2.10",
    port: 30080,
    endpoints: web,
    ...balanced,
  },
  {
    title: "it connects to a load balancer IP with externalTrafficPolicy Local: to the pods of this node",
    from: "client",
    to: "203.0.113.200",
    port: 443,
    endpoints: shop,
    ...balanced,
  },
  ...[101, 102, 103].map((last) => ({
    title: `192.0.2.${last} connects to a Service with session affinity, and stays with the pod that it had first`,
    from: `client:192.0.2.${last}` as const,
    to: "10.96.0.12",
    port: 80,
    count: 100,
    endpoints: chat,
    isSticky: true,
  })),
];

/** Who answered, in order of name; `nobody` if nobody did. */
export async function makeCalls(lab: Lab, { from, to, port, count }: Call): Promise<readonly Answers[]> {
  const answers = new Map<string, string[]>();
  for (let left = count; left > 0; ) {
    // The first one alone: who is to be remembered must have been there.
    const some = left === count ? 1 : Math.min(left, 50);
    const probes = Array.from({ length: some }, () => lab.probe({ from, to, port, patience: 5000 }));
    for (const outcome of await Promise.all(probes)) {
      const [endpoint, source] =
        outcome.kind === "answered" ? [`${outcome.by}:${outcome.port}`, outcome.source] : ["nobody", ""];
      answers.set(endpoint, [...(answers.get(endpoint) ?? []), source]);
    }
    left -= some;
  }
  return [...answers.keys()].sort().map((endpoint) => {
    const sources = answers.get(endpoint) ?? [];
    return { endpoint, count: sources.length, sources: [...new Set(sources)] };
  });
}

/** The part of a call's connections that an endpoint should have. */
export function expectedShare({ endpoints, isSticky }: Call, answers: readonly Answers[], endpoint: string): number {
  if (!endpoints.includes(endpoint)) return 0;
  return isSticky ? Number(endpoint === answers[0]?.endpoint) : 1 / endpoints.length;
}
