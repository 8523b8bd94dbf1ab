import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { startAPIServer } from "../api-server/api-server.ts";
import { endpointSlice, service as liveService, node } from "../api-server/objects.ts";
import { rootTest } from "../support/kernel-test.ts";
import { type Files, withFolder } from "./folder.ts";
import { config, service, slice, web } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { kubeNFT, type Ran, type Surroundings } from "./program.ts";

/** Text that would set the terminal's title, clear it, write from right to left, and look like a separate line. */
const hostile = "x\u001b]0;owned\u0007\u009b2j\u202e\r\nkube-nft: all is well\u2028";

/** No character except the ends of our own lines has an effect, and the text can still be searched for. */
function expectVisible({ stdout, stderr }: Ran): void {
  const said = `${stdout}${stderr}`;
  expect(said).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  expect(said).not.toMatch(/^kube-nft: all is well/m);
  expect(said).toContain("\\u001b]0;owned\\u0007\\u009b2j\\u202e");
}

const kubeconfig = (fields: { readonly server?: string; readonly user?: object; readonly name?: string }) => ({
  apiVersion: "v1",
  kind: "Config",
  "current-context": "here",
  contexts: [{ name: fields.name ?? "here", context: { cluster: "here", user: "here" } }],
  clusters: [
    { name: "here", cluster: { server: fields.server ?? "http://127.0.0.1:1", "insecure-skip-tls-verify": true } },
  ],
  users: [{ name: "here", user: fields.user ?? {} }],
});
const plugin = (command: string, args: readonly string[]) => ({
  exec: { apiVersion: "client.authentication.k8s.io/v1", command, args, interactiveMode: "Never" },
});
const configuration = (fields: object) => ({
  apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
  kind: "KubeProxyConfiguration",
  ...fields,
});

/** The inputs for text: files by name, and arguments; good.yaml is usable, and `config` is given. */
const rows: Readonly<Record<string, readonly [args: readonly string[], files?: Files]>> = {
  "the name of an object": [["-f", "a.yaml"], { "a.yaml": service(hostile, {}) }],
  "the namespace of an object": [["-f", "a.yaml"], { "a.yaml": service("a", {}, { namespace: hostile }) }],
  "a kind": [
    ["-f", "a.json", "-f", "good.yaml"],
    {
      "a.json": [
        { kind: `Service${hostile}`, items: 1 },
        { kind: "List", items: hostile },
      ],
    },
  ],
  "a document": [["-f", "a.json", "-f", "good.yaml"], { "a.json": JSON.stringify(hostile) }],
  values: [
    ["-f", "a.yaml"],
    {
      "a.yaml": service("a", {
        clusterIP: hostile,
        externalTrafficPolicy: hostile,
        ports: [{ port: hostile, name: hostile }],
      }),
    },
  ],
  "a Service that a slice is for": [["-f", "a.yaml", "-f", "good.yaml"], { "a.yaml": slice(hostile, []) }],
  "an endpoint": [
    ["-f", "a.yaml"],
    { "a.yaml": [service("a", { clusterIP: "10.96.0.1" }), slice("a", [hostile], { addressType: "IPv4" })] },
  ],
  "an API server's failure": [
    ["-f", "a.json"],
    { "a.json": { kind: "Status", apiVersion: "v1", status: "Failure", message: hostile } },
  ],
  "the name of a file": [["-f", hostile]],
  "the name of a file that is bad": [["-f", hostile, "-f", "good.yaml"], { [hostile]: "- {}" }],
  "the name of a file in a folder": [["-f", "."], { [`${hostile}.yaml`]: "{" }],
  "the name of a configuration": [["-f", "good.yaml", "--config", hostile]],
  "a configuration's values": [
    ["-f", "good.yaml", "--config", "c.yaml"],
    { "c.yaml": configuration({ mode: hostile, clusterCIDR: hostile, nodePortAddresses: [hostile] }) },
  ],
  "a configuration's fields": [
    ["-f", "good.yaml", "--config", "c.yaml"],
    { "c.yaml": configuration({ [hostile]: 1, featureGates: { [hostile]: true } }) },
  ],
  "a configuration's version": [
    ["-f", "good.yaml", "--config", "c.yaml"],
    { "c.yaml": { apiVersion: hostile, kind: "KubeProxyConfiguration" } },
  ],
  "the name of the node": [["-f", "good.yaml", "--node-name", hostile]],
  "a flag's value": [["-f", "good.yaml", "--config=", "--cluster-cidr", hostile]],
  "a choice": [["-f", "good.yaml", "--family", hostile]],
  "an unknown option": [["-f", "good.yaml", `--${hostile}`]],
  "too many arguments": [["-f", "good.yaml", hostile]],
  "the name of a kubeconfig": [["--kubeconfig", hostile]],
  "a context": [["--kubeconfig", "k.json", "--context", hostile], { "k.json": kubeconfig({}) }],
  "the contexts that there are": [
    ["--kubeconfig", "k.json", "--context", "there"],
    { "k.json": kubeconfig({ name: hostile }) },
  ],
  "the address of an API server": [
    ["--kubeconfig", "k.json"],
    { "k.json": kubeconfig({ server: `http://${hostile}` }) },
  ],
};

function render(args: readonly string[], surroundings: Surroundings): Promise<Ran> {
  return kubeNFT(
    ["render", ...(args.some((arg) => arg.startsWith("--config")) ? [] : ["--config", config]), ...args],
    surroundings,
  );
}

describe("text from outside is shown harmlessly on a terminal", () => {
  test.concurrent.each(Object.entries(rows))("%s", async (_title, [args, files = {}]) => {
    await withFolder({ "good.yaml": web, ...files }, async (folder) => {
      const ran = await render(args, { folder });
      expectVisible({ ...ran, stdout: "" });
      expect(ran.stdout).not.toContain("owned");
    });
  });

  test.concurrent("an unknown command", async () => expectVisible(await kubeNFT([hostile])));

  test.concurrent("the errors of run before it starts", async () => {
    await withFolder({ "c.yaml": configuration({ clusterCIDR: hostile }) }, async (folder) => {
      expectVisible(await kubeNFT(["run", "--config", "c.yaml"], { folder }));
    });
    expectVisible(await kubeNFT(["run", "-v", hostile]));
  });

  test.concurrent("what an API server and a plugin say", async () => {
    const server = await startAPIServer();
    try {
      await withFolder({}, async (folder) => {
        const path = await server.writeKubeconfig(folder);
        server.put(node("node-1"), liveService("web"), endpointSlice("web", [hostile]));
        expectVisible({ ...(await render(["--kubeconfig", path], { folder })), stdout: "" });
        server.fail({ kind: "status", code: 403, message: hostile }, 1, { resource: "services" });
        expectVisible(await render(["--kubeconfig", path], { folder }));
        const failing = plugin("sh", ["-c", 'printf "%s" "$1" >&2; exit 1', "sh", hostile]);
        for (const user of [plugin(hostile, []), failing]) {
          await writeFile(path, JSON.stringify(kubeconfig({ server: server.url, user })));
          expectVisible(await render(["--kubeconfig", path], { folder }));
        }
      });
    } finally {
      await server.stop();
    }
  });

  rootTest("what nft says", async () => {
    const script = `#!/bin/sh\n[ "$1" != --version ] || exec echo nftables v1.0.6\ncat > /dev/null\nprintf %s '/dev/stdin:1:1-2: Error: ${hostile}' >&2; exit 1\n`;
    await withFolder({ "good.yaml": web, nft: script }, async (folder) => {
      await chmod(join(folder, "nft"), 0o755);
      const args = ["check", "-f", "good.yaml", "--config", config];
      expectVisible(await kubeNFT(args, { folder, nft: join(folder, "nft") }));
    });
  });

  networkTest("what another program put into our tables", async (network) => {
    await network.apply(web);
    const comment = hostile.replaceAll(/[\r\n]/g, "");
    await network.nft(`add element ip kube-nft services { 10.96.0.66 . tcp . 80 comment "${comment}" : goto refuse }`);
    expectVisible(await network.about("diff", web));
    expectVisible(await network.about("apply", web));
    expectVisible(await network.about("apply", web, "--yes"));
  });
});
