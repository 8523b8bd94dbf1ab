import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { withFolder } from "./folder.ts";
import { config, dualStackWeb, service, slice, web } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { kubeNFT, powerless } from "./program.ts";

networkTest(
  "a first apply loads what render prints, and says what is new; a second has nothing to do",
  async (network) => {
    expect(await network.apply(dualStackWeb)).toEqual([
      "default/web:http  + 10.96.0.10 port 80/tcp  + nodePort 30080/tcp  + 10.244.1.11:8080  + fd00:10:96::10 port 80/tcp  + nodePort 30080/tcp  + [fd00:10:244::11]:8080",
      "applied",
    ]);
    const loaded = await network.listing();
    expect(await network.apply(dualStackWeb)).toEqual(["nothing to change"]);
    expect(await network.listing()).toEqual(loaded);
    await network.nft("flush ruleset");
    const rendered = await network.about("render", dualStackWeb);
    await network.nft(rendered.stdout);
    expect(await network.apply(dualStackWeb)).toEqual(["nothing to change"]);
  },
);

networkTest("a change is shown Service by Service, and nothing else is touched", async (network) => {
  await network.nft("add table ip other", "add chain ip other c", "add rule ip other c counter");
  await network.apply(web);
  const handles = await network.handles("dispatch");
  const lines = await network.apply([
    ...web.slice(0, 2),
    slice("web", ["10.244.1.12", "10.244.1.13"]),
    service("more", { clusterIP: "10.96.0.11" }),
  ]);
  expect(lines).toEqual([
    "default/more  + 10.96.0.11 port 80/tcp (refused)",
    "default/web  + 10.244.1.13:8080  - 10.244.1.11:8080",
    "table ip  chains with other rules: filter-input, filter-forward, filter-output",
    "applied",
  ]);
  expect(await network.tables()).toEqual(["ip kube-nft", "ip other", "ip6 kube-nft"]);
  expect(await network.nft("list table ip other")).toContain("counter packets");
  // A rewritten rule has a new handle.
  expect(await network.handles("dispatch")).toBe(handles);
  expect(await network.apply([])).toEqual([
    "default/more  - 10.96.0.11 port 80/tcp (refused)",
    "default/web  - 10.96.0.10 port 80/tcp  - 10.244.1.12:8080  - 10.244.1.13:8080",
    "table ip  chains with other rules: filter-input, filter-forward, filter-output, slips, masquerading",
    "applied",
  ]);
});

networkTest("--family loads one family and leaves the other", async (network) => {
  await network.apply(dualStackWeb, "--family", "ip6");
  expect(await network.tables()).toEqual(["ip6 kube-nft"]);
  await network.apply(web, "--family", "ip");
  expect(await network.nft("list table ip6 kube-nft")).toContain("default/web:http");
});

networkTest("bad input does not affect the rest", async (network) => {
  const bad = service("bad", { clusterIP: "10.96.0.11", ports: [{ port: 70000 }] });
  const { stdout, stderr, exitCode } = await network.about("apply", [...web, bad]);
  expect(stdout).toMatch(/^default\/web {2}\+ .*\n(.*\n)*applied\n$/);
  expect(stderr).toContain("Service default/bad: spec.ports[0].port: 70000 is not a port number");
  expect(exitCode).toBe(0);
});

networkTest("with --counters the kernel counts, and its counts are not a change", async (network) => {
  await network.apply(web, "--counters");
  expect(await network.nft("list map ip kube-nft services")).toContain("counter packets 0 bytes 0");
  expect(await network.apply(web, "--counters")).toEqual(["nothing to change"]);
  expect(await network.apply(web)).toEqual(["table ip  has another layout", "applied"]);
});

networkTest("if another program changes the tables meanwhile, they are read again", async (network) => {
  const more = service("more", { clusterIP: "10.96.0.11" });
  await network.apply([...web, more]);
  // Just before the first transaction reaches the kernel, another program deletes the table.
  const script = `#!/bin/sh
    [ "$*" != "-f -" ] || [ -e "$0.done" ] || ! ${network.program} delete table ip kube-nft || touch "$0.done"
    exec ${network.program} "$@"\n`;
  const files = { "web.json": web, nft: script };
  const { stdout, stderr, exitCode } = await withFolder(files, async (folder) => {
    await chmod(join(folder, "nft"), 0o755);
    const args = ["apply", "-f", "web.json", "--config", config];
    return network.kubeNFT(args, { folder, nft: join(folder, "nft") });
  });
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "default/web  + 10.96.0.10 port 80/tcp  + 10.244.1.11:8080  + 10.244.1.12:8080\napplied\n",
    stderr: "",
    exitCode: 0,
  });
  expect(await network.apply(web)).toEqual(["nothing to change"]);
});

rootTest("without CAP_NET_ADMIN apply says that it needs it", async () => {
  const { stdout, stderr, exitCode } = await kubeNFT(["apply", "-f", "fixtures/cluster-ip.yaml", "--config", config], {
    through: powerless,
  });
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "",
    stderr: "kube-nft: nft needs CAP_NET_ADMIN; run it as root\n",
    exitCode: 2,
  });
});

test("without nft apply says what to install", async () => {
  const { stdout, stderr, exitCode } = await kubeNFT(["apply", "-f", "fixtures/cluster-ip.yaml", "--config", config], {
    env: { PATH: "/nowhere" },
  });
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: "",
    stderr: "kube-nft: nft is not in PATH; install the package nftables, version 1.0.6 or newer\n",
    exitCode: 2,
  });
});
