import { describe, expect, test } from "@jest/globals";
import { withFolder } from "./folder.ts";
import { config, service, slice, web } from "./manifests.ts";
import { inShell, kubeNFT } from "./program.ts";

const dualStack = [
  ...web,
  service("dual", { clusterIP: "10.96.0.11", clusterIPs: ["10.96.0.11", "fd00:10:96::11"] }),
  slice("dual", ["fd00:10:244::11"], { addressType: "IPv6" }),
];

function render(args: readonly string[], objects = dualStack) {
  return withFolder({ "input.yaml": objects }, (folder) =>
    kubeNFT(["render", "-f", "input.yaml", "--config", config, ...args], { folder }),
  );
}

test.concurrent("stdout has the ruleset of both families and nothing else; stderr is empty", async () => {
  const { stdout, stderr, exitCode } = await render([]);
  expect(stdout).toMatch(/^table ip kube-nft\ndelete table ip kube-nft\ntable ip kube-nft \{\n(.*\n)+\}\n$/);
  expect(tables(stdout)).toEqual(["ip", "ip6"]);
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

describe("--family prints one family only", () => {
  test.concurrent.each([["ip"], ["ip6"]])("%s", async (family) => {
    const { stdout, exitCode } = await render(["--family", family]);
    expect(tables(stdout)).toEqual([family]);
    expect(exitCode).toBe(0);
  });
});

test.concurrent("problems and notes do not get into the ruleset", async () => {
  const bad = service("bad", { clusterIP: "10.96.0.12", ports: [{ port: 70000 }] });
  const [good, partly] = await Promise.all([render([]), render([], [...dualStack, bad])]);
  expect(partly.stdout.replace("      10.96.0.12,\n", "")).toBe(good.stdout);
  expect(partly.stderr).toContain("70000 is not a port number");
});

test.concurrent("-o json is JSON, and has the name of each set and chain, and each element", async () => {
  const [text, json] = await Promise.all([render([]), render(["-o", "json"])]);
  const parsed: JSONRuleset = JSON.parse(json.stdout);
  expect(json.exitCode).toBe(0);
  expect(parsed.tables.map(({ family, name }) => `${family} ${name}`)).toEqual(["ip kube-nft", "ip6 kube-nft"]);
  const names = parsed.tables.flatMap(({ sets, chains }) => [...sets, ...chains].map(({ name }) => name));
  expect(names).toEqual([...text.stdout.matchAll(/^ {2}(?:set|map|chain) (\S+) \{$/gm)].map(([, name]) => name));
  const elements = parsed.tables.flatMap(({ sets }) => sets.flatMap(({ elements }) => elements));
  expect(elements).toHaveLength(text.stdout.match(/^ {6}(?!#).*,$/gm)?.length ?? 0);
  expect(elements).toContainEqual({
    key: ["10.96.0.10", "tcp", 80],
    value: "goto cluster-ip-tcp-2",
    servicePort: "default/web",
  });
});

test.concurrent("-o iptables prints the same for any order of the objects, and what iptables cannot do is a problem", async () => {
  const objects = [...dualStack, service("sticky", { clusterIP: "10.96.0.13", sessionAffinity: "ClientIP" })];
  const [text, turned] = await Promise.all([
    render(["-o", "iptables"], objects),
    render(["-o", "iptables", "--counters", "--strict"], objects.toReversed()),
  ]);
  expect(text.stdout).toMatch(/^# .*\n# .*\n\*filter\n(.*\n)+COMMIT\n\*nat\n(.*\n)+COMMIT\n$/);
  expect(turned.stdout).toBe(text.stdout);
  expect(text.stderr).toMatch(/^Service default\/sticky: spec.sessionAffinity: iptables remembers clients .*\n$/);
  expect(turned.stderr).toContain("--counters: iptables counts packets of rules only\n");
  expect([text.exitCode, turned.exitCode]).toEqual([0, 1]);
});

test.concurrent("-o ip6tables is not for --family ip", async () => {
  const { stdout, stderr, exitCode } = await render(["-o", "ip6tables", "--family", "ip"]);
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "",
    stderr: "error: -o ip6tables is not for the family ip\n",
    exitCode: 2,
  });
});

test.concurrent("--counters counts the connections of each frontend", async () => {
  const [without, withCounters] = await Promise.all([render([]), render(["--counters"])]);
  expect(without.stdout).not.toContain("counter");
  expect(withCounters.stdout).toMatch(/map services \{\n(?: {4}.*\n)*? {4}counter;?\n/);
});

describe("--ipv6-affinity chooses how IPv6 clients keep their endpoint", () => {
  const sticky = [
    ...web,
    service("sticky", { clusterIP: "fd00:10:96::11", sessionAffinity: "ClientIP" }),
    slice("sticky", ["fd00:10:244::11"], { addressType: "IPv6" }),
  ];
  test.concurrent.each<[string, RegExp]>([
    ["remember", /update @affinity-tcp/],
    ["hash", /jhash ip6 saddr/],
  ])("%s", async (method, words) => {
    const { stdout } = await render(["--ipv6-affinity", method], sticky);
    expect(stdout).toMatch(words);
  });
});

describe("--node-name says whose ruleset it is", () => {
  const spec = { clusterIP: "10.96.0.12", externalIPs: ["198.51.100.1"], externalTrafficPolicy: "Local" };
  const objects = [...web, service("local", { ...spec, type: "NodePort" }), slice("local", ["10.244.1.13"])];
  test.concurrent.each<[string, readonly string[], string]>([
    ["the only Node, where none is named", [], "goto external-local-tcp-1"],
    ["another one", ["--node-name", "node-2"], "goto external-local-tcp-0"],
  ])("%s", async (_title, args, verdict) => {
    const { stdout } = await render(args, objects);
    expect(stdout).toContain(verdict);
  });
});

test.concurrent("a reader that stops early is not a failure", async () => {
  const many = Array.from({ length: 3000 }, (_, index) =>
    service(`s${index}`, { clusterIP: `10.97.${index >> 8}.${index & 255}` }),
  );
  const { stdout, stderr, exitCode } = await withFolder({ "many.yaml": { kind: "List", items: many } }, (folder) =>
    inShell('"$@" | head -n 1; exit $PIPESTATUS', ["render", "-f", "many.yaml", "--config", config], { folder }),
  );
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: "table ip kube-nft\n", stderr: "", exitCode: 0 });
});

test.concurrent("a full disk is one", async () => {
  const { stderr, exitCode } = await withFolder({ "web.yaml": web }, (folder) =>
    inShell('"$@" >/dev/full', ["render", "-f", "web.yaml", "--config", config], { folder }),
  );
  expect({ stderr, exitCode }).toEqual({ stderr: "kube-nft: ENOSPC: no space left on device, write\n", exitCode: 2 });
});

type Named = { readonly name: string };
type JSONRuleset = {
  readonly tables: readonly {
    readonly family: string;
    readonly name: string;
    readonly sets: readonly (Named & { readonly elements: readonly object[] })[];
    readonly chains: readonly Named[];
  }[];
};

function tables(ruleset: string): readonly (string | undefined)[] {
  return [...ruleset.matchAll(/^table (\S+) kube-nft \{$/gm)].map(([, family]) => family);
}
