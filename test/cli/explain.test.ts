import { expect, test } from "@jest/globals";
import { service, slice } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { kubeNFT } from "./program.ts";

/** A command's output about a fixture's cluster, and its exit code. */
async function ask(command: string, fixture: string, ...args: readonly string[]) {
  const { stdout, stderr, exitCode } = await kubeNFT([command, ...args, "-f", `fixtures/${fixture}.yaml`]);
  return { exitCode, said: `${stdout}${stderr}` };
}

test.each([
  { fixture: "cluster-ip", args: ["web"], exitCode: 0, said: "10.244.1.11 port 8080" },
  { fixture: "cluster-ip", args: ["service/default/web"], exitCode: 0, said: "one of 2 endpoints" },
  { fixture: "endpoints-none", args: ["default/web"], exitCode: 1, said: "so clients are refused" },
  {
    fixture: "cluster-ip",
    args: ["default/wbe"],
    exitCode: 2,
    said: "there is no Service default/wbe; did you mean default/web?",
  },
  { fixture: "cluster-ip", args: ["other/web"], exitCode: 2, said: "did you mean default/web?" },
  { fixture: "cluster-ip", args: ["default/web", "metrics"], exitCode: 2, said: 'has no port "metrics"' },
  { fixture: "external-name", args: ["default/external-service"], exitCode: 2, said: "is of type ExternalName" },
  { fixture: "service-proxy-name", args: ["default/theirs"], exitCode: 2, said: "another proxy serves it" },
  { fixture: "cluster-ip", args: ["--to", "10.96.0.10:80"], exitCode: 0, said: "goes to 10.244.1.11 port 8080" },
  { fixture: "endpoints-none", args: ["--to", "10.96.0.10:80"], exitCode: 0, said: "is refused with a TCP reset" },
  { fixture: "cluster-ip", args: ["--to", "10.96.0.10/icmp"], exitCode: 0, said: "ping from" },
  { fixture: "cluster-ip", args: ["--to", "10.96.0.10"], exitCode: 2, said: "add a port from 1 to" },
  { fixture: "cluster-ip", args: ["--to", "web.default:80"], exitCode: 2, said: "the cluster's DNS resolves names" },
  { fixture: "cluster-ip", args: ["--to", "https://example.com/"], exitCode: 2, said: "ingress controller" },
  { fixture: "cluster-ip", args: ["--to", "$WEB_SERVICE_HOST:80"], exitCode: 2, said: "the kubelet sets" },
  {
    fixture: "cluster-ip",
    args: ["--from", "elsewhere", "--to", "10.96.0.10:80"],
    exitCode: 2,
    said: "give an address",
  },
  {
    fixture: "cluster-ip",
    args: ["--from", "fd00::1", "--to", "10.96.0.10:80"],
    exitCode: 2,
    said: "different address families",
  },
  { fixture: "cluster-ip", args: [], exitCode: 2, said: "give the Service to explain" },
])("explain $args in $fixture", async ({ fixture, args, exitCode, said }) => {
  expect(await ask("explain", fixture, ...args)).toEqual({ exitCode, said: expect.stringContaining(said) });
});

test("explain has JSON for programs", async () => {
  const { stdout } = await kubeNFT(["explain", "web", "-f", "fixtures/cluster-ip.yaml", "-o", "json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    service: "default/web",
    ports: [{ port: 80, endpoints: [{ cluster: "used" }, {}] }],
  });
  const packet = await kubeNFT(["explain", "--to", "10.96.0.10:80", "-f", "fixtures/cluster-ip.yaml", "-o", "json"]);
  expect(JSON.parse(packet.stdout)).toMatchObject({ outcomes: [{ kind: "accepted", probability: "1/2" }, {}] });
});

test("verify finds nothing in what kube-nft compiles", async () => {
  expect(await ask("verify", "demo")).toEqual({
    exitCode: 0,
    said: expect.stringMatching(/\d+ packets interpreted: all as planned/),
  });
});

networkTest("without a source, explain and verify ask the agent, and say if none runs", async (network) => {
  for (const question of [["explain", "web"], ["explain", "--to", "10.96.0.10:80"], ["verify"], ["status"]]) {
    expect(await network.kubeNFT(question)).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr: expect.stringContaining("no agent runs here"),
    });
  }
  expect(await network.kubeNFT(["verify", "--node-name", "node-2"])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("--node-name needs -f or --kubeconfig"),
  });
});

networkTest(
  "verify --kernel finds changes of the loaded rules by others, and shows a packet that they affect",
  async (network) => {
    const objects = [service("web", { clusterIP: "10.96.0.10" }), slice("web", ["10.0.0.6", "10.0.0.7"])];
    await network.apply(objects);
    expect(await network.about("verify", objects, "--kernel")).toMatchObject({ exitCode: 0, stdout: "" });
    await network.nft("delete element ip kube-nft endpoints-tcp { 10.96.0.10 . 80 . 1 }");
    const { exitCode, stdout } = await network.about("verify", objects, "--kernel");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^default\/web {2}tcp from .* to 10\.96\.0\.10 port 80, new: .*10\.0\.0\.[67]/m);
    await network.nft("add rule ip kube-nft masquerading drop");
    expect((await network.about("verify", objects, "--kernel")).stdout).toContain(
      "chain masquerading has rules that are not kube-nft's",
    );
  },
);
