import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Sources } from "../../src/cli/desired.ts";
import { type AffinityMethod, allCapabilities } from "../../src/compile/settings.ts";
import { heading, root } from "./fixture.ts";

/** What the command of a fixture compiles. `ipv6Affinity` is for commands that leave it open. */
export function sourcesOf(fixture: string, ipv6Affinity: AffinityMethod): Sources {
  const { values } = parseArgs({
    args: heading(fixture).args.slice(1),
    options: {
      filename: { type: "string", short: "f", multiple: true, default: [] },
      config: { type: "string" },
      "node-name": { type: "string" },
      family: { type: "string" },
      "ipv6-affinity": { type: "string" },
      counters: { type: "boolean", default: false },
    },
  });
  return {
    filename: values.filename.map((name) => join(root, name)),
    kubeconfig: undefined,
    context: undefined,
    config: values.config && join(root, values.config),
    nodeName: values["node-name"],
    family: values.family === "ip" || values.family === "ip6" ? values.family : undefined,
    capabilities: {
      ip: allCapabilities,
      ip6: { ...allCapabilities, affinity: values["ipv6-affinity"] === "hash" ? "hash" : ipv6Affinity },
    },
    counters: values.counters,
  };
}
