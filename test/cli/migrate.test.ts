import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { startAPIServer } from "../api-server/api-server.ts";
import { node } from "../api-server/objects.ts";
import { networkTest } from "./network.ts";
import { kubeNFT } from "./program.ts";

const kubeSystem = (apiVersion: string, kind: string, fields: object) => ({
  apiVersion,
  kind,
  metadata: { name: "kube-proxy", namespace: "kube-system" },
  ...fields,
});

test("migrate reads a live cluster", async () => {
  const server = await startAPIServer();
  const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
  const config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
  const kubeconfig = "clusters:\n- cluster:\n    server: https://10.0.0.10:6443\n";
  server.put(
    node("node-7"),
    kubeSystem("apps/v1", "DaemonSet", {
      spec: { template: { spec: { containers: [{ name: "kube-proxy", image: "kube-proxy:v1.33.4" }] } } },
    }),
    kubeSystem("v1", "ConfigMap", { data: { "config.conf": config, "kubeconfig.conf": kubeconfig } }),
  );
  const live = ["migrate", "--kubeconfig", await server.writeKubeconfig(folder)];
  const { stdout, stderr, exitCode } = await kubeNFT(live);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(stdout).toContain("# service proxy: kube-proxy v1.33.4 in mode nftables, as a DaemonSet\n");
  expect(stdout).toContain("\nkubectl label node node-7 service-proxy=kube-nft\n");
  const check = await kubeNFT([...live, "--check"]);
  expect(check).toMatchObject({ exitCode: 0, stderr: "there are no obstacles\n" });
  await server.stop();
  await rm(folder, { recursive: true });
});

const clusters = "test/ask/migrate/clusters";

test.each([
  { args: ["--check", "-f", `${clusters}/kubeadm-mixed.yaml`], exitCode: 1, said: "error: node node-2" },
  { args: ["-f", `${clusters}/k3s.yaml`, "-o", "json"], exitCode: 0, said: '"kind": "k3s"' },
  { args: ["-f", `${clusters}/k3s.yaml`, "--kernel"], exitCode: 2, said: "--kernel needs --check" },
  { args: ["-f", `${clusters}/k3s.yaml`, "--image", "$(reboot)"], exitCode: 2, said: "not the name of an image" },
  { args: [], exitCode: 2, said: "nothing to compile" },
])("migrate $args", async ({ args, exitCode, said }) => {
  const { stdout, stderr, ...ran } = await kubeNFT(["migrate", ...args]);
  expect({ ...ran, said: `${stdout}${stderr}` }).toEqual({ exitCode, said: expect.stringContaining(said) });
});

networkTest("migrate --check --kernel looks at this node", async (network) => {
  await network.nft(
    "add table ip filter",
    "add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }",
  );
  const file = `${clusters}/kubeadm.yaml`;
  const { stdout, exitCode } = await network.kubeNFT([
    "migrate",
    "--check",
    "--kernel",
    "-f",
    file,
    "--node-name",
    "node-1",
  ]);
  expect({ stdout, exitCode }).toEqual({
    stdout: expect.stringContaining(
      "error: table ip filter has the chain FORWARD at forward with policy drop and no rules",
    ),
    exitCode: 1,
  });
  expect(stdout).toContain("error: this node does not forward IPv4");
  expect(stdout).not.toContain("has no table kube-nft");
});
