import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { root } from "../golden/fixture.ts";
import { labSkipped } from "../lab/unavailable.ts";
import { NetNamespace } from "../support/net-namespace.ts";
import { kubeNFT } from "./program.ts";

const folder = "test/ask/compare";
const cluster = ["compare", "-f", `${folder}/cluster.yaml`, "--node-name", "node-1", "--cluster-cidr", "10.244.0.0/16"];
const everywhere = ["--nodeport-addresses", "0.0.0.0/0"];
const form = (name: string) => readFile(join(root, folder, "forms", name), "utf8");

test.concurrent("it exits with code 0 where all is served alike, and says what it has compared", async () => {
  const { stdout, stderr, exitCode } = await kubeNFT([
    ...cluster,
    ...everywhere,
    "--with",
    `${folder}/forms/iptables.txt`,
  ]);
  expect(stdout).toMatch(
    /^addresses of NodePorts: .* \[known: .*\]\nIPv4 frontends .* iptables: 10 equal, 0 different, .*\n$/,
  );
  expect(stderr).toBe("");
  expect(exitCode).toBe(0);
});

test.concurrent("it exits with code 1 where something differs that is not known to, also from standard input", async () => {
  const input = (await form("iptables.txt")).replace(
    "--to-destination 10.244.2.13:8080",
    "--to-destination 10.244.2.14:8080",
  );
  const text = await kubeNFT([...cluster, ...everywhere, "--with", "-"], { input });
  expect(text.stdout).toContain(
    "10.96.0.14 port 80/tcp  default/away:http  different\n    endpoints: here 10.244.2.13:8080, there 10.244.2.14:8080\n",
  );
  expect(text.exitCode).toBe(1);
  const json = await kubeNFT([...cluster, ...everywhere, "--with", "-", "-o", "json"], { input });
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      family: "ip",
      mode: "iptables",
      equal: 8,
      frontends: [
        {
          frontend: "10.96.0.14 tcp 80",
          service: "default/away:http",
          kind: "different",
          differences: [{ what: "endpoints", here: ["10.244.2.13:8080"], there: ["10.244.2.14:8080"] }],
        },
        { frontend: "tcp 30090", kind: "different" },
      ],
      settings: [{ what: "addresses of NodePorts", known: "NodePorts answer on loopback, too" }],
    },
  ]);
  expect(json.exitCode).toBe(1);
});

test.concurrent.each([
  { what: "a file that is not there", args: ["--with", "nowhere.txt"], words: /nowhere.txt does not exist/ },
  {
    what: "another program's text",
    args: ["--with", "README.md"],
    words: /README.md: this is not what iptables-save, /,
  },
  { what: "no rules of kube-proxy", args: ["--with", "-"], words: /there are no rules of kube-proxy/ },
])("it exits with code 2 for $what", async ({ args, words }) => {
  const { stdout, stderr, exitCode } = await kubeNFT([...cluster, ...args], { input: "*nat\nCOMMIT\n" });
  expect(stderr).toMatch(words);
  expect(stdout).toBe("");
  expect(exitCode).toBe(2);
});

const liveTest = labSkipped() ? test.skip : test;

liveTest("without --with, it compares with what kube-proxy has in this kernel", async () => {
  const namespace = await NetNamespace.start();
  const here = { through: namespace.enter };
  try {
    const none = await kubeNFT(cluster, here);
    expect(none.stderr).toContain("there are no rules of kube-proxy in this kernel");
    expect(none.exitCode).toBe(2);
    await namespace.must(["nft", "-f", "-"], await form("nftables.nft"));
    await namespace.must(["ip", "address", "add", "192.0.2.10/24", "dev", "lo"]);
    const one = await kubeNFT(cluster, here);
    expect(one).toMatchObject({
      stdout: expect.stringContaining(" mode nftables: 10 equal, 0 different,"),
      exitCode: 0,
    });
    const { stdout: rules } = await kubeNFT(["render", ...cluster.slice(1), "-o", "iptables"]);
    await namespace.must(["iptables-restore", "--noflush"], rules);
    const both = await kubeNFT(cluster, here);
    expect(both.stderr).toContain(
      "there are rules of kube-proxy's modes iptables and nftables: choose one with --mode",
    );
    expect(both.exitCode).toBe(2);
    const chosen = await kubeNFT([...cluster, "--mode", "iptables"], here);
    expect(chosen).toMatchObject({
      stdout: expect.stringContaining(" mode iptables: 10 equal, 0 different,"),
      exitCode: 0,
    });
  } finally {
    await namespace.close();
  }
});
