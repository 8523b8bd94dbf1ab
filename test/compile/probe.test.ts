import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { setDeclarations } from "../../src/compile/lower/nftables/sets.ts";
import { probeTables } from "../../src/compile/probe.ts";
import { allCapabilities, type Capabilities, noCapabilities } from "../../src/compile/settings.ts";
import type { Family } from "../../src/model/address.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { root } from "../golden/fixture.ts";

function probeText(family: Family, capabilities: Capabilities): string {
  return printRuleset(probeTables(family, capabilities));
}

/** The lines that declare sets, hook chains and make rules, with nothing in them that varies within one construct. */
function constructs(text: string): ReadonlySet<string> {
  const lines = text.split("\n").filter((line) => /^ {4}\S/.test(line) && !/^ {4}(elements|\})/.test(line));
  return new Set(
    lines.map((line) =>
      line
        .trim()
        .replaceAll(/@[\w-]+/g, "@set")
        .replaceAll(/"[^"]*"/g, '"name"')
        .replaceAll(/(goto|jump) [\w-]+/g, "$1 chain")
        .replaceAll(/\b(0x[0-9a-f]+|\d+s?)\b/g, "0")
        .replace(/mod 0 offset 0/, "mod 0")
        .replace(/saddr != [\d.:a-f/]+$/, "saddr != network"),
    ),
  );
}

const capabilities: Readonly<Record<string, Capabilities>> = {
  all: allCapabilities,
  uncounted: { ...allCapabilities, counters: false },
  hash: { ...allCapabilities, affinity: "hash" },
  none: noCapabilities,
};

test("there is no construct in any ruleset that nft is not asked about", () => {
  const asked = new Set<string>();
  for (const family of ["ip", "ip6"] as const) {
    for (const each of Object.values(capabilities))
      for (const line of constructs(probeText(family, each))) asked.add(line);
  }
  const folder = join(root, "rules");
  const missing = readdirSync(folder)
    .filter((name) => name.endsWith(".nft"))
    .flatMap((name) =>
      [...constructs(readFileSync(join(folder, name), "utf8"))]
        .filter((line) => !asked.has(line))
        .map((line) => `${name}: ${line}`),
    );
  expect(missing).toEqual([]);
});

test("every set is in what nft is asked about, with an element", () => {
  const [table] = probeTables("ip", allCapabilities);
  expect([...(table?.sets.keys() ?? [])]).toEqual(setDeclarations(true).map(({ name }) => name));
  for (const { name, flag, elements } of table?.sets.values() ?? []) {
    expect({ name, elements: elements.length }).toEqual({ name, elements: flag === "dynamic" ? 0 : 1 });
  }
});

test("what a host cannot do is not in its tables", () => {
  const has = (text: string) => ({
    update: /update @/.test(text),
    jhash: /jhash/.test(text),
    reject: /reject/.test(text),
    allowedSources: /allowed-sources/.test(text),
    counter: /counter/.test(text),
    firewalled: /@firewalled-tcp drop/.test(text),
  });
  expect(has(probeText("ip", allCapabilities))).toEqual({
    update: true,
    jhash: true,
    reject: true,
    allowedSources: true,
    counter: true,
    firewalled: false,
  });
  expect(has(probeText("ip6", noCapabilities))).toEqual({
    update: false,
    jhash: false,
    reject: false,
    allowedSources: false,
    counter: false,
    firewalled: true,
  });
});
