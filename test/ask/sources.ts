import type { Sources } from "../../src/cli/desired.ts";
import { allCapabilities } from "../../src/compile/settings.ts";

/** What a file of objects compiles to on node-1. */
export function sourcesOfFile(file: URL): Sources {
  return {
    filename: [file.pathname],
    kubeconfig: undefined,
    context: undefined,
    config: new URL("../../fixtures/config/cluster-cidr.yaml", import.meta.url).pathname,
    nodeName: "node-1",
    family: undefined,
    capabilities: { ip: allCapabilities, ip6: allCapabilities },
    counters: false,
  };
}
