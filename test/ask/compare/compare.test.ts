import { expect, test } from "@jest/globals";
import { comparisonLines } from "../../../src/ask/compare/comparison-lines.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { clusterWorld, comparedWith, form, unexpected } from "./scene.ts";

/** The same Services in kube-proxy's modes and versions, where NodePorts are on all addresses, and on the node's own. */
const texts = [
  { name: "iptables.txt", addresses: ["0.0.0.0/0"], mode: "iptables" },
  { name: "iptables-old.txt", addresses: ["0.0.0.0/0"], mode: "iptables" },
  { name: "ipvs.txt", addresses: ["primary"], mode: "ipvs" },
] as const;

const nftTexts = [
  { name: "nftables.nft", addresses: ["primary"] },
  { name: "nftables-old.nft", addresses: ["0.0.0.0/0"] },
] as const;

test.each(texts)("the Services are served alike in $name", async ({ name, addresses, mode }) => {
  const comparison = comparedWith(await clusterWorld(addresses), form(name));
  expect(unexpected(comparison)).toEqual([]);
  expect(comparison).toMatchObject({ mode, family: "ip", equal: mode === "ipvs" ? 6 : 10 });
});

test("what is known to differ is named", async () => {
  const world = await clusterWorld(["0.0.0.0/0"]);
  expect(comparisonLines(comparedWith(world, form("iptables.txt")))).toEqual([
    "addresses of NodePorts: here all but loopback, there all  [known: NodePorts answer on loopback, too]",
    "IPv4 frontends beside kube-proxy's mode iptables: 10 equal, 0 different, 0 only here, 0 only there, 0 different as known",
  ]);
  const inIPVS = comparisonLines(comparedWith(await clusterWorld(["primary"]), form("ipvs.txt")));
  expect(inIPVS).toContain("scheduler: here random, there rr  [known: endpoints are chosen at random]");
  expect(inIPVS).toContain(
    "    endpoints (outside): here dropped, there 10.244.2.13:8080  [known: mode ipvs has one list for all clients, and all endpoints where this node has none]",
  );
});

type Fault = {
  readonly fault: string;
  readonly name: string;
  readonly edit: (text: string) => string;
  readonly found: readonly string[];
};

const web = ["10.96.0.10 tcp 80", "tcp 30080"];
const shop = ["198.51.100.10 tcp 443", "203.0.113.200 tcp 443", "tcp 30443"];

const faults: readonly Fault[] = [
  {
    fault: "an endpoint missing",
    name: "iptables.txt",
    edit: without(/^-A KUBE-SVC-WEB.* -j KUBE-SEP-WEBB.*\n/m),
    found: web.map((each) => `${each}: endpoints`),
  },
  {
    fault: "a stale endpoint",
    name: "iptables.txt",
    edit: (text) => text.replace("DNAT --to-destination 10.244.2.11:8080", "DNAT --to-destination 10.244.2.99:8080"),
    found: web.map((each) => `${each}: endpoints`),
  },
  {
    fault: "affinity lost",
    name: "iptables.txt",
    edit: without(/^.* --rcheck .*\n/gm),
    found: ["10.96.0.12 tcp 80: affinity"],
  },
  {
    fault: "affinity lost for one endpoint",
    name: "iptables-old.txt",
    edit: without(/^.* --rcheck .*\n/m),
    found: ["10.96.0.12 tcp 80: affinity"],
  },
  {
    fault: "externalTrafficPolicy Cluster instead of Local",
    name: "iptables.txt",
    edit: (text) =>
      text
        .replace(/^-A KUBE-EXT-SHOP.*\n/gm, "")
        .replace(/^COMMIT\n# Completed/m, `${masqueradeAll("SHOPAAAAAAAAAAAA")}COMMIT\n# Completed`),
    found: shop.flatMap((each) => ["endpoints", "masquerading", "policy"].map((what) => `${each}: ${what}`)),
  },
  {
    fault: "externalTrafficPolicy Local instead of Cluster",
    name: "iptables-old.txt",
    edit: (text) =>
      text
        .replace(/^(-A KUBE-NODEPORTS)( .*--dport 30080 -j KUBE-MARK-MASQ)/m, "$1 -s 127.0.0.0/8$2")
        .replace("30080 -j KUBE-SVC-WEBAAAAAAAAAAAAA", "30080 -j KUBE-XLB-SHOPAAAAAAAAAAAA"),
    found: ["endpoints", "endpoints", "masquerading", "policy"].map((what) => `tcp 30080: ${what}`),
  },
  {
    fault: "a source range more",
    name: "iptables.txt",
    edit: (text) => text.replace("-s 192.0.2.96/28", "-s 192.0.2.64/26"),
    found: ["203.0.113.200 tcp 443: source ranges"],
  },
  {
    fault: "no masquerading",
    name: "iptables-old.txt",
    edit: without(/^-A KUBE-SERVICES ! -s .* 10.96.0.12.*\n/m),
    found: ["10.96.0.12 tcp 80: masquerading"],
  },
  {
    fault: "a Service that is gone, and one that is not there yet",
    name: "iptables.txt",
    edit: (text) => text.replace("-d 10.96.0.14/32 -p tcp", "-d 10.96.0.15/32 -p tcp"),
    found: ["10.96.0.14 tcp 80: only here", "10.96.0.15 tcp 80: only there"],
  },
  {
    fault: "other pod networks",
    name: "iptables.txt",
    edit: (text) => text.replaceAll("10.244.0.0/16", "10.245.0.0/16"),
    found: ["local pods"],
  },
  {
    fault: "an endpoint missing",
    name: "ipvs.txt",
    edit: without(/^-a -t 10.96.0.10:80 -r 10.244.2.11.*\n/m),
    found: ["10.96.0.10 tcp 80: endpoints"],
  },
  {
    fault: "affinity lost",
    name: "ipvs.txt",
    edit: (text) => text.replace(" -p 10800", ""),
    found: ["10.96.0.12 tcp 80: affinity"],
  },
];

test.each(faults)("$fault is found in $name", async ({ name, edit, found }) => {
  const addresses = texts.find((each) => each.name === name)?.addresses ?? [];
  const [text, world] = [form(name), await clusterWorld(addresses)];
  expect(edit(text)).not.toBe(text);
  expect(unexpected(comparedWith(world, edit(text)))).toEqual(found);
});

const nftFaults: readonly Fault[] = [
  {
    fault: "an endpoint missing",
    name: "nftables.nft",
    edit: (text) =>
      text.replace(
        "mod 2 map { 0 : 10.244.1.11 . 8080, 1 : 10.244.2.11 . 8080 }",
        "mod 1 map { 0 : 10.244.1.11 . 8080 }",
      ),
    found: web.map((each) => `${each}: endpoints`),
  },
  {
    fault: "a stale endpoint",
    name: "nftables-old.nft",
    edit: (text) => text.replace("dnat to 10.244.2.11:8080", "dnat to 10.244.2.99:8080"),
    found: web.map((each) => `${each}: endpoints`),
  },
  {
    fault: "affinity lost",
    name: "nftables.nft",
    edit: without(/^.*ip saddr @affinity.*\n/gm),
    found: ["10.96.0.12 tcp 80: affinity"],
  },
  {
    fault: "a policy changed",
    name: "nftables.nft",
    edit: (text) =>
      text.replace(
        "tcp . 30443 : goto external-SHOPAAAA-default/shop/tcp/https",
        "tcp . 30443 : goto service-SHOPAAAA-default/shop/tcp/https",
      ),
    found: ["endpoints", "masquerading", "policy"].map((what) => `tcp 30443: ${what}`),
  },
  {
    fault: "a source range more",
    name: "nftables-old.nft",
    edit: (text) => text.replace("192.0.2.96/28", "192.0.2.64/26"),
    found: ["203.0.113.200 tcp 443: source ranges"],
  },
];

kernelTest(
  "the Services are served alike in tables of kube-proxy that the kernel lists, and faults are found",
  async (nft) => {
    const namespace = await NetNamespace.start();
    const list = async (text: string) => {
      await namespace.must([nft, "-f", "-"], `flush ruleset\n${text}`);
      return namespace.must([nft, "-j", "list", "table", "ip", "kube-proxy"]);
    };
    try {
      for (const { name, addresses } of nftTexts) {
        const comparison = comparedWith(await clusterWorld(addresses), await list(form(name)));
        expect({ name, unexpected: unexpected(comparison) }).toEqual({ name, unexpected: [] });
        expect(comparison).toMatchObject({ mode: "nftables", family: "ip", equal: 10 });
      }
      for (const { fault, name, edit, found } of nftFaults) {
        const world = await clusterWorld(nftTexts.find((each) => each.name === name)?.addresses ?? []);
        const comparison = comparedWith(world, await list(edit(form(name))));
        expect({ fault, name, found: unexpected(comparison) }).toEqual({ fault, name, found });
      }
    } finally {
      await namespace.close();
    }
  },
);

function without(lines: RegExp) {
  return (text: string) => text.replace(lines, "");
}

function masqueradeAll(port: string): string {
  return `-A KUBE-EXT-${port} -j KUBE-MARK-MASQ\n-A KUBE-EXT-${port} -j KUBE-SVC-${port}\n`;
}
