import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { type Files, withFolder } from "./folder.ts";
import { config, web } from "./manifests.ts";
import { kubeNFT, powerless } from "./program.ts";

const nothing = "kube-nft: there is nothing to compile: the input holds no Kubernetes object";

describe("input of which nothing can be made prints nothing, and ends with exit code 2", () => {
  test.concurrent.each<[string, Files, readonly string[]]>([
    ["no file", {}, ["input.yaml: does not exist", nothing]],
    ["an empty file", { "input.yaml": "" }, [nothing]],
    ["nothing but comments", { "input.yaml": "# nothing\n---\n" }, [nothing]],
    [
      "what is no YAML",
      { "input.yaml": "kind: [" },
      [
        "input.yaml document 1: line 1: unexpected end of the stream within a flow collection; this document is ignored",
        nothing,
      ],
    ],
    [
      "another program's message",
      { "input.yaml": "The connection to the server was refused" },
      [
        'input.yaml document 1: "The connection to the server was refused" is not a Kubernetes object; it is ignored',
        nothing,
      ],
    ],
  ])("%s", async (_title, files, words) => {
    const args = ["render", "-f", "input.yaml", "--config", config];
    const { stdout, stderr, exitCode } = await withFolder(files, (folder) => kubeNFT(args, { folder }));
    expect(stderr.split("\n")).toEqual([...words, ""]);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });

  test.concurrent("an empty standard input, as after a kubectl that failed", async () => {
    const { stdout, stderr, exitCode } = await kubeNFT(["render", "-f", "-"]);
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "", stderr: `${nothing}\n`, exitCode: 2 });
  });

  test.concurrent.each<[string, string, readonly string[]]>([
    ["a configuration that is not there", "", ["kube-nft: other.yaml does not exist"]],
    [
      "a configuration with impossible values",
      "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\nclusterCIDR: 10.0.0.0/33\n",
      [
        'kube-proxy.yaml: KubeProxyConfiguration: clusterCIDR: "10.0.0.0/33" is not a list of networks in CIDR notation, such as 10.244.0.0/16,fd00:10:244::/56',
        "kube-nft: the configuration cannot be used",
      ],
    ],
    [
      "a configuration that is something else",
      "kind: Service\n",
      [
        "kube-proxy.yaml: KubeProxyConfiguration: kind: is not KubeProxyConfiguration",
        "kube-nft: the configuration cannot be used",
      ],
    ],
  ])("%s", async (_title, text, words) => {
    const name = text === "" ? "other.yaml" : "kube-proxy.yaml";
    const { stdout, stderr, exitCode } = await withFolder({ "web.yaml": web, "kube-proxy.yaml": text }, (folder) =>
      kubeNFT(["render", "-f", "web.yaml", "--config", name], { folder }),
    );
    expect(stderr.split("\n")).toEqual([...words, ""]);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

test("an empty List is a cluster without Services", async () => {
  const input = '{"apiVersion":"v1","kind":"List","items":[]}';
  const { stdout, exitCode } = await kubeNFT(["render", "-f", "-", "--config", config, "--family", "ip"], { input });
  expect(stdout).toMatch(/^table ip kube-nft\ndelete table ip kube-nft\ntable ip kube-nft \{\n/);
  expect(stdout).not.toContain("elements");
  expect(exitCode).toBe(0);
});

rootTest("a file that may not be read is named; all else is served", async () => {
  const { stdout, stderr, exitCode } = await withFolder({ "web.yaml": web, "secret.yaml": web }, async (folder) => {
    await chmod(join(folder, "secret.yaml"), 0);
    const args = ["render", "-f", "web.yaml", "-f", "secret.yaml", "--config", config];
    return kubeNFT(args, { folder, through: powerless });
  });
  expect(stderr).toBe("secret.yaml: may not be read\n");
  expect(stdout).toContain("default/web");
  expect(exitCode).toBe(0);
});
