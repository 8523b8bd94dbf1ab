import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Comparison, compared } from "../../../src/ask/compare/compare.ts";
import { listed } from "../../../src/ask/compare/listed.ts";
import type { World } from "../../../src/ask/world.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { worldsOf } from "../../../src/cli/worlds.ts";
import { allCapabilities } from "../../../src/compile/settings.ts";
import { root } from "../../golden/fixture.ts";

const folder = join(root, "test/ask/compare");

/** What a program wrote of kube-proxy's rules for the Services of cluster.yaml, written by hand. */
export function form(name: string): string {
  return readFileSync(join(folder, "forms", name), "utf8");
}

/** The IPv4 of cluster.yaml as node-1 sees it. `nodePortAddresses` is as in kube-proxy's configuration. */
export async function clusterWorld(nodePortAddresses: readonly string[]): Promise<World> {
  const desired = await desiredTables(
    {
      filename: [join(folder, "cluster.yaml")],
      kubeconfig: undefined,
      context: undefined,
      config: undefined,
      flags: new Map<string, string | readonly string[]>([
        ["cluster-cidr", "10.244.0.0/16"],
        ["nodeport-addresses", nodePortAddresses],
      ]),
      nodeName: "node-1",
      family: "ip",
      capabilities: { ip: allCapabilities, ip6: allCapabilities },
      counters: false,
    },
    { hostname: "", addresses: [] },
  );
  const [world] = worldsOf(desired, []);
  if (world === undefined) throw new Error("there is no IPv4");
  return world;
}

export function comparedWith(world: World, text: string): Comparison {
  const [other] = listed(text);
  if (other === undefined) throw new Error("the text has no rules of kube-proxy");
  return compared(world, other.served(world), other.mode);
}

/** What differs and is not known to, a line each: `10.96.0.10 tcp 80: endpoints`. */
export function unexpected({ frontends, settings }: Comparison): readonly string[] {
  const isUnknown = ({ known }: { readonly known?: string }) => known === undefined;
  return [
    ...settings.filter(isUnknown).map(({ what }) => what),
    ...frontends.flatMap(({ frontend, kind, differences }) =>
      differences.filter(isUnknown).map(({ what }) => `${frontend}: ${kind === "different" ? what : kind}`),
    ),
  ];
}
