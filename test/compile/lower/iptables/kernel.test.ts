import { expect, test } from "@jest/globals";
import { compared } from "../../../../src/ask/compare/compare.ts";
import { listed } from "../../../../src/ask/compare/listed.ts";
import { desiredTables } from "../../../../src/cli/desired.ts";
import { worldsOf } from "../../../../src/cli/worlds.ts";
import { outputText } from "../../../../src/compile/outputs.ts";
import { fixtureNames } from "../../../golden/fixture.ts";
import { iptablesCases } from "../../../golden/iptables.ts";
import { sourcesOf } from "../../../golden/sources.ts";
import { labSkipped } from "../../../lab/unavailable.ts";
import { NetNamespace } from "../../../support/net-namespace.ts";
import { isThorough } from "../../../support/thorough.ts";

const kernelTest = labSkipped() ? test.skip : test;

const cases = isThorough
  ? fixtureNames.flatMap((fixture) => (["iptables", "ip6tables"] as const).map((output) => ({ fixture, output })))
  : iptablesCases;

kernelTest(
  "iptables-restore takes the rules, once and again, and iptables-save writes what serves the same",
  async () => {
    const namespace = await NetNamespace.start();
    try {
      for (const { fixture, output } of cases) {
        const desired = await desiredTables(sourcesOf(fixture, "remember"), { hostname: "", addresses: [] });
        const { text } = outputText(desired.tables, desired.settings, output);
        await namespace.must([`${output}-restore`], "*filter\nCOMMIT\n*nat\nCOMMIT\n");
        await namespace.must([`${output}-restore`, "--noflush"], text);
        await namespace.must([`${output}-restore`, "--noflush"], text.replace(/^-I.*\n/gm, ""));
        const saved = await namespace.must([`${output}-save`]);
        expect({ fixture, output, rules: rulesOf(saved) }).toEqual({ fixture, output, rules: rulesOf(text) });
        for (const { mode, family, served } of listed(saved)) {
          const world = worldsOf(desired, []).find((each) => each.family === family);
          if (world === undefined) continue;
          const { frontends, settings } = compared(world, served(world), mode);
          // No rule serves NodePorts on loopback addresses.
          const isAsked = world.settings.families[family].nodePortAddresses.loopback;
          const differing = settings.filter(({ what }) => !(isAsked && what === "addresses of NodePorts"));
          expect({ fixture, output, frontends, differing }).toEqual({ fixture, output, frontends: [], differing: [] });
        }
      }
    } finally {
      await namespace.close();
    }
  },
);

/** The rules of each table: chains come in another order. */
function rulesOf(text: string): readonly string[] {
  let table = "";
  return text
    .split("\n")
    .flatMap((line) => {
      if (line.startsWith("*")) table = line;
      return /^-[AI] /.test(line) ? [`${table} ${line.replace(/^-I (\w+) \d+/, "-A $1")}`] : [];
    })
    .sort();
}
