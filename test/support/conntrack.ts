import type { NetNamespace } from "./net-namespace.ts";

/** Options for the program conntrack that create a flow from `10.1.0.1 4000` to `10.96.0.10 53`, answered by a place. */
export function flow(client: string, destination: string, endpoint: string, options = "-p udp"): string {
  const [from = "", fromPort = "40000"] = client.split(" ");
  const [to = "", toPort = ""] = destination.split(" ");
  const [source = "", sourcePort = ""] = endpoint.split(" ");
  const nat = source === to ? `-r ${source}` : `-g ${source}`;
  const [original, reply] = [`--sport ${fromPort} --dport ${toPort}`, `--reply-port-src ${sourcePort}`];
  return `-t 300 -s ${from} -d ${to} ${nat} -q ${from} ${options} ${original} ${reply} --reply-port-dst ${fromPort}`;
}

/** Adds flows to the kernel's table. */
export async function addFlows(namespace: NetNamespace, flows: readonly string[]): Promise<void> {
  await namespace.must(["sh", "-c", "cat | conntrack -R -"], flows.map((options) => `-I ${options}\n`).join(""));
}

/** The clients of all flows, each after its protocol. */
export async function flowClients(namespace: NetNamespace, family: "ipv4" | "ipv6"): Promise<readonly string[]> {
  const lines = (await namespace.must(["conntrack", "-L", "-f", family])).split("\n");
  return lines.map((line) => `${/^\w+/.exec(line)?.[0]} ${/src=(\S+)/.exec(line)?.[1]}`).sort();
}
