import { parseArgs } from "node:util";
import type { AffinityMethod } from "../../src/compile/settings.ts";
import { desiredRuleset } from "../../src/desired.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Ruleset } from "../../src/nft/ruleset.ts";
import { heading } from "../golden/fixture.ts";

/** The ruleset of a fixture, as its command has it. `ipv6Affinity` is for commands that leave it open. */
export async function compiled(fixture: string, ipv6Affinity: AffinityMethod): Promise<Ruleset> {
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
  const { ruleset } = await desiredRuleset(
    {
      filename: values.filename,
      kubeconfig: undefined,
      context: undefined,
      config: values.config,
      nodeName: values["node-name"],
      family: values.family === "ip" || values.family === "ip6" ? values.family : undefined,
      ipv6Affinity: values["ipv6-affinity"] === "hash" ? "hash" : ipv6Affinity,
      counters: values.counters,
    },
    { hostname: "", addresses: [] },
  );
  return ruleset;
}

/** The text that `render` prints for a fixture. */
export async function rendered(fixture: string, ipv6Affinity: AffinityMethod): Promise<string> {
  return printRuleset(await compiled(fixture, ipv6Affinity));
}
