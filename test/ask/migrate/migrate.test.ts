import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { kubeProxyRules } from "../../../src/ask/migrate/kube-proxy-rules.ts";
import { migration, migrationLines } from "../../../src/ask/migrate/migration.ts";
import { obstacles } from "../../../src/ask/migrate/obstacles.ts";
import { findingLines } from "../../../src/ask/service/finding-lines.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { candidateIn } from "../../../src/cli/migration.ts";
import { root } from "../../golden/fixture.ts";
import { sourcesOfFile } from "../sources.ts";

const folder = new URL("clusters/", import.meta.url);
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";
const clusters = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => name.replace(".yaml", ""));

async function candidate(name: string) {
  return candidateIn(
    await desiredTables(sourcesOfFile(new URL(`${name}.yaml`, folder)), { hostname: "", addresses: [] }),
    [],
  );
}

async function steps(name: string): Promise<string> {
  return migrationLines(migration((await candidate(name)).setup, "registry.example/kube-nft:0.1.0")).join("\n");
}

test.each(clusters.map((name) => ({ name })))("the ways of cluster $name, and their obstacles", async ({ name }) => {
  const findings = findingLines(obstacles(await candidate(name)));
  const text = `${await steps(name)}\n\n# Obstacles\n\n${findings.join("\n")}\n`.replaceAll(folder.pathname, "");
  const golden = new URL(`${name}.txt`, folder);
  if (isUpdate) writeFileSync(golden, text);
  else expect(text).toBe(existsSync(golden) ? readFileSync(golden, "utf8") : "");
});

test("each golden text has its cluster", () => {
  const texts = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  expect(texts.sort()).toEqual(clusters.map((name) => `${name}.txt`).sort());
});

test("docs/migration.md has the steps of each platform, as the command prints them", async () => {
  const file = `${root}/docs/migration.md`;
  let guide = readFileSync(file, "utf8");
  const block = /<!-- steps: ([\w-]+) -->\n[\s\S]*?<!-- steps end -->/g;
  const shown = [...guide.matchAll(block)].map(([, name = ""]) => name);
  expect(shown).toEqual(["kubeadm", "kind", "eks", "aks", "kops", "k3s", "rke2"]);
  for (const name of shown) {
    const text = `<!-- steps: ${name} -->\n\n\`\`\`\n${await steps(name)}\n\`\`\`\n\n<!-- steps end -->`;
    guide = guide.replace(new RegExp(`<!-- steps: ${name} -->\\n[\\s\\S]*?<!-- steps end -->`), () => text);
  }
  if (isUpdate) writeFileSync(file, guide);
  expect(readFileSync(file, "utf8")).toBe(guide);
});

const timestamp = (labels: string, value: string) =>
  `kubeproxy_sync_proxy_rules_last_timestamp_seconds${labels} ${value}\n`;
const ipv4 = timestamp('{ip_family="IPv4"}', "1.7e+09");
const ipv6 = timestamp('{ip_family="IPv6"}', "1.7e+09");

test.each([
  { what: "nobody answers", page: "", families: ["ip"], rules: "not yet" },
  {
    what: "an agent answers",
    page: `kube_nft_build_info{version="0.1.0"} 1\n${ipv4}`,
    families: ["ip"],
    rules: "not yet",
  },
  { what: "kube-proxy has just started", page: "process_cpu_seconds_total 1\n", families: ["ip"], rules: "not yet" },
  { what: "one family is missing", page: ipv4, families: ["ip", "ip6"], rules: "not yet" },
  { what: "one is zero", page: ipv4 + timestamp('{ip_family="IPv6"}', "0"), families: ["ip", "ip6"], rules: "not yet" },
  { what: "both are there", page: ipv4 + ipv6, families: ["ip", "ip6"], rules: "written" },
  { what: "an old kube-proxy has not written yet", page: timestamp("", "0"), families: ["ip"], rules: "not yet" },
  { what: "an old kube-proxy has written one", page: timestamp("", "1.7e+09"), families: ["ip", "ip6"], rules: "some" },
] as const)("kube-proxy's rules, where $what", ({ page, families, rules }) => {
  expect(kubeProxyRules(page, families)).toBe(rules);
});
