import { describe, expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { config, dualStackWeb, service, slice, stickyWeb, web } from "./manifests.ts";
import { type Network, networkTest } from "./network.ts";
import { kubeNFT, powerless } from "./program.ts";

/** The lines of a diff; it has to exit with code 1 if there are any, and 0 otherwise. */
async function diff(network: Network, objects: readonly object[], ...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await network.about("diff", objects, ...args);
  expect(stderr).toBe("");
  expect(exitCode).toBe(stdout === "" ? 0 : 1);
  return stdout.split("\n").slice(0, -1);
}

networkTest("diff shows whether tables are equal, and which endpoints differ", async (network) => {
  const ports = [{ name: "http", port: 8080 }];
  const http = service("web", { clusterIP: "10.96.0.10", ports: [{ name: "http", port: 80 }] });
  await network.apply([http, slice("web", ["10.0.0.6", "10.0.0.7"], { ports })]);
  expect(await diff(network, [http, slice("web", ["10.0.0.6", "10.0.0.7"], { ports })])).toEqual([]);
  expect(await diff(network, [http, slice("web", ["10.0.0.5", "10.0.0.6"], { ports })])).toEqual([
    "default/web:http  + 10.0.0.5:8080  - 10.0.0.7:8080",
  ]);
  expect(await diff(network, [http, slice("web", [], { ports })])).toEqual([
    "default/web:http  + 10.96.0.10 port 80/tcp (refused)  - 10.96.0.10 port 80/tcp  - 10.0.0.6:8080  - 10.0.0.7:8080",
    "table ip  chains with other rules: filter-input, filter-forward, filter-output, slips",
  ]);
});

networkTest("diff shows new and deleted Services in both families, and changes nothing", async (network) => {
  await network.apply(web);
  const before = await network.listing();
  const other = [
    service("other", { clusterIP: "fd00:10:96::11" }),
    slice("other", ["fd00:10:244::11"], { addressType: "IPv6" }),
  ];
  expect(await diff(network, other, "--family", "ip6")).toEqual([
    "default/other  + fd00:10:96::11 port 80/tcp  + [fd00:10:244::11]:8080",
    "table ip6  chains with other rules: filter-input, filter-forward, filter-output, slips",
  ]);
  expect(await diff(network, other, "--family", "ip")).toEqual([
    "default/web  - 10.96.0.10 port 80/tcp  - 10.244.1.11:8080  - 10.244.1.12:8080",
    "table ip  chains with other rules: filter-input, filter-forward, filter-output, slips, masquerading",
  ]);
  expect(await network.listing()).toEqual(before);
});

networkTest("diff shows source ranges and affinity of a Service", async (network) => {
  const firewalled = (ranges: readonly string[]) => [
    ...web.slice(0, 1),
    ...web.slice(2),
    {
      ...service("web", { clusterIP: "10.96.0.10", type: "LoadBalancer", loadBalancerSourceRanges: ranges }),
      status: { loadBalancer: { ingress: [{ ip: "203.0.113.200" }] } },
    },
  ];
  await network.apply(firewalled(["192.0.2.0/24"]));
  expect(await diff(network, firewalled(["192.0.2.0/25"]))).toEqual([
    "default/web  + source 192.0.2.0/25  - source 192.0.2.0/24",
  ]);
  await network.apply(stickyWeb);
  expect(await diff(network, web)).toEqual(["default/web  ~ 10.96.0.10 port 80/tcp"]);
  const [node, , slices] = stickyWeb;
  const sessionAffinityConfig = { clientIP: { timeoutSeconds: 60 } };
  const shorter = service("web", { clusterIP: "10.96.0.10", sessionAffinity: "ClientIP", sessionAffinityConfig });
  expect(
    await diff(
      network,
      [node, shorter, slices].flatMap((object) => object ?? []),
    ),
  ).toEqual(["default/web  ~ 10.96.0.10 port 80/tcp"]);
});

networkTest("diff shows what other programs changed in the tables", async (network) => {
  expect((await diff(network, web)).length).toBeGreaterThan(0);
  await network.apply(web);
  await network.nft("add rule ip kube-nft dispatch counter");
  expect(await diff(network, web)).toEqual(["table ip  chain dispatch  has other rules"]);
  await network.nft("add chain ip kube-nft mine", "add map ip kube-nft m { type ipv4_addr : verdict; }");
  expect(await diff(network, web)).toEqual([
    "table ip  chain dispatch  has other rules",
    "table ip  set m  not ours",
    "table ip  chain mine  not ours",
  ]);
  await network.nft("flush ruleset");
  expect(await diff(network, web)).toEqual([
    "default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080  + 10.244.1.12:8080",
  ]);
});

networkTest("only the endpoints that differ are shown among many", async (network) => {
  const endpoints = Array.from({ length: 300 }, (_, index) => `10.244.${index >> 6}.${index & 63}`);
  const many = (name: string, clusterIP: string, addresses: readonly string[]) => [
    service(name, { clusterIP, sessionAffinity: "ClientIP" }),
    slice(name, addresses),
  ];
  const other = many("other", "10.96.0.11", endpoints);
  await network.apply([...many("many", "10.96.0.10", endpoints), ...other]);
  expect(await diff(network, [...many("many", "10.96.0.10", endpoints.slice(1)), ...other])).toEqual([
    "default/many  - 10.244.0.0:8080",
  ]);
});

networkTest("nft commands from diff --raw, step by step, make the tables equal", async (network) => {
  for (const objects of [dualStackWeb, stickyWeb, [], web]) {
    const { stdout, exitCode } = await network.about("diff", objects, "--raw");
    expect(exitCode).toBe(1);
    const steps = stdout.split(/^# step .*\n/m).slice(1);
    for (const step of steps) {
      expect(chainsThatAreNewAndLedTo(step)).toEqual([]);
      await network.nft(step);
    }
    expect(await network.about("diff", objects, "--raw")).toEqual({ stdout: "", stderr: "", exitCode: 0 });
    expect(await diff(network, objects)).toEqual([]);
  }
});

/** A packet that arrived before a transaction finds its elements, but not the rules of its chains. */
function chainsThatAreNewAndLedTo(transaction: string): readonly string[] {
  const chains = new Set(Array.from(transaction.matchAll(/^add chain \S+ \S+ (\S+)/gm), ([, name]) => name));
  const elements = transaction.matchAll(/ : (?:goto|jump) ([\w-]+)/g);
  return [...elements].flatMap(([, name]) => (name !== undefined && chains.has(name) ? [name] : []));
}

describe("if diff fails, it says why and exits with code 2", () => {
  const args = ["diff", "-f", "fixtures/cluster-ip.yaml", "--config", config];
  rootTest("without CAP_NET_ADMIN", async () => {
    expect(await kubeNFT(args, { through: powerless })).toEqual({
      stdout: "",
      stderr: "kube-nft: nft needs CAP_NET_ADMIN; run it as root\n",
      exitCode: 2,
    });
  });
  test.concurrent("without nft", async () => {
    expect(await kubeNFT(args, { env: { PATH: "/nowhere" } })).toEqual({
      stdout: "",
      stderr: "kube-nft: nft is not in PATH; install the package nftables, version 1.0.6 or newer\n",
      exitCode: 2,
    });
  });
  test.concurrent("without input", async () => {
    const { stdout, stderr, exitCode } = await kubeNFT(["diff", "-f", "nowhere.yaml", "--config", config]);
    expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
    expect(stderr).toContain("nowhere.yaml: does not exist\n");
  });
});
