import { expect, test } from "@jest/globals";
import { execa } from "execa";
import fc from "fast-check";
import { compile } from "../../src/compile/compile.ts";
import { decodeCluster } from "../../src/decode/cluster.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { settings } from "../support/arbitrary-cluster.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { times } from "../support/thorough.ts";

const objects: readonly unknown[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      namespace: "default",
      creationTimestamp: "2026-01-01T00:00:00Z",
      labels: { app: "web" },
      annotations: { note: "x" },
    },
    spec: {
      type: "LoadBalancer",
      clusterIP: "10.96.0.1",
      clusterIPs: ["10.96.0.1", "fd00:10:96::1"],
      ipFamilies: ["IPv4", "IPv6"],
      externalIPs: ["198.51.100.1"],
      loadBalancerSourceRanges: ["192.0.2.0/24"],
      externalTrafficPolicy: "Local",
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "ClientIP",
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } },
      ports: [{ name: "http", protocol: "TCP", port: 80, nodePort: 30080, targetPort: "http" }],
    },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.1", ipMode: "VIP" }] } },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "other", namespace: "default" },
    spec: { clusterIP: "10.96.0.2", ports: [{ name: "http", port: 80 }] },
  },
  ...["web", "other"].map((name) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-1`, namespace: "default", labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", protocol: "TCP", port: 8080 }],
    endpoints: [
      {
        addresses: ["10.244.1.1"],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: "node-1",
        zone: "zone-1",
        hints: { forZones: [{ name: "zone-1" }], forNodes: [{ name: "node-1" }] },
      },
    ],
  })),
  {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", labels: { "topology.kubernetes.io/zone": "zone-1" } },
    spec: { podCIDRs: ["10.244.1.0/24"] },
    status: { addresses: [{ type: "InternalIP", address: "192.0.2.10" }] },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes" },
    spec: { cidrs: ["10.96.0.0/16"] },
  },
];

const hostileText = fc.oneof(
  fc.constantFrom(
    "10.0.0.1 } ; flush ruleset",
    "10.96.0.9\n}\nflush ruleset\n",
    'web" : drop, "',
    "web } add rule ip kube-nft dispatch drop",
    "# comment",
    "\\",
    "$(reboot)",
    "`id`",
    "\u0000\u0007\u001b[31m",
    "__proto__",
    "服务",
    "сервис",
    "a\u202Eb",
    "",
    " ",
    "x".repeat(10_000),
    "10.96.0.1/33",
    "::ffff:10.96.0.1",
    "fe80::1%eth0",
    "0x50",
    "1e3",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constantFrom(70000, -1, 0, 1.5, Number.MAX_SAFE_INTEGER, true, {}, [], [[]], undefined) },
);

/** The sample cluster with some of its values, and some of its keys, replaced. */
const hostileObjects = fc
  .array(fc.record({ at: fc.nat(), value: hostileValue, asKey: fc.boolean() }), { minLength: 1, maxLength: 4 })
  .map((replacements) => replacements.reduce<readonly unknown[]>(replaceLeaf, objects));

test("no value in an object changes the structure of the output", () => {
  fc.assert(
    fc.property(hostileObjects, (hostile) => {
      expect(
        compiled(hostile)
          .split("\n")
          .filter((line) => !wellFormedLine.test(line)),
      ).toEqual([]);
    }),
    { numRuns: times(500, 15000) },
  );
});

kernelTest("whatever values objects hold, nft takes the text", async (nft) => {
  const texts = fc.sample(hostileObjects, 150).map(compiled);
  await execa("unshare", ["-n", nft, "-f", "-"], { input: texts.join("") });
});

test("the object that is not hostile is served", () => {
  fc.assert(
    fc.property(hostileValue, fc.nat(), (value, at) => {
      const [web, ...others] = objects;
      const hostile = [...replaceLeaf([web], { at, value, asKey: false }), ...others];
      expect(compiled(hostile)).toContain("10.96.0.2 . 80 . 0 : 10.244.1.1 . 8080");
    }),
    { numRuns: times(300, 5000) },
  );
});

/** Every line that a ruleset can have, with quotes only around a comment of harmless characters. */
const wellFormedLine =
  /^ *(?:$|\}$|# [a-zA-Z0-9 ,:./;-]+$|(?:table|delete table|map|set|chain|type|typeof|flags|size|elements|ct|ip6?|tcp|meta|jump|goto|drop|reject|dnat|fib) ?[a-zA-Z0-9 .:@&|=!<>{,};/_-]*$|[a-z0-9.:/ ]+(?: comment "[a-z0-9./:-]+")?(?: : [a-z0-9.: -]+)?,$)/;

function compiled(hostile: readonly unknown[]): string {
  const { cluster } = decodeCluster(hostile.map((object) => ({ object })));
  return printRuleset(compile(cluster, { ...settings, families: { ...settings.families } }).ruleset);
}

function replaceLeaf(
  root: readonly unknown[],
  { at, value, asKey }: { readonly at: number; readonly value: unknown; readonly asKey: boolean },
): readonly unknown[] {
  const copy = structuredClone(root) as unknown[];
  const leaves: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const visit = (holder: object) => {
    for (const [key, child] of Object.entries(holder)) {
      leaves.push({ holder: holder as Record<string, unknown>, key });
      if (typeof child === "object" && child !== null) visit(child);
    }
  };
  visit(copy);
  const leaf = leaves[at % leaves.length];
  if (leaf === undefined) return copy;
  if (asKey && typeof value === "string" && !Array.isArray(leaf.holder)) {
    leaf.holder[value] = leaf.holder[leaf.key];
    delete leaf.holder[leaf.key];
  } else leaf.holder[leaf.key] = value;
  return copy;
}
