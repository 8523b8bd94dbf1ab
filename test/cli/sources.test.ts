import { describe, expect, test } from "@jest/globals";
import { type Files, fileText, withFolder } from "./folder.ts";
import { config, node, service, slice, web } from "./manifests.ts";
import { kubeNFT } from "./program.ts";

const kubectlList = { apiVersion: "v1", kind: "List", metadata: { resourceVersion: "" }, items: web };

/** The output of `kubectl get svc -o json`, `kubectl get --raw` and the like, whose items have no kind. */
const typedLists = [
  { apiVersion: "v1", kind: "NodeList", items: [node] },
  { apiVersion: "v1", kind: "ServiceList", items: web.slice(1, 2).map(withoutKind) },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSliceList", items: web.slice(2).map(withoutKind) },
];

type Row = { readonly files: Files; readonly args: readonly string[]; readonly input?: string };

/** Different forms of the same input. */
const rows: Readonly<Record<string, Row>> = {
  "a file of documents": { files: { "web.yaml": web }, args: ["-f", "web.yaml"] },
  "several files": {
    files: { "node.yaml": web.slice(0, 1), "service.json": web.slice(1, 2), "slice.yml": web.slice(2) },
    args: ["-f", "slice.yml", "-f", "service.json", "-f", "node.yaml"],
  },
  "a directory, of which other files are left out": {
    files: {
      "all/1.yaml": web.slice(0, 1),
      "all/2.yml": web.slice(1, 2),
      "all/3.json": web.slice(2),
      "all/4.txt": "}",
    },
    args: ["--filename", "all/"],
  },
  "standard input": { files: {}, args: ["-f", "-"], input: String(fileText(web)) },
  "standard input and a file": {
    files: { "node.yaml": web.slice(0, 1) },
    args: ["-f", "-", "-f", "node.yaml"],
    input: String(fileText(web.slice(1))),
  },
  "a List, as kubectl prints it": { files: { "list.json": kubectlList }, args: ["-f", "list.json"] },
  "a List in YAML": {
    files: {
      "list.yaml": `apiVersion: v1\nkind: List\nitems:\n${web.map((item) => `- ${JSON.stringify(item)}\n`).join("")}`,
    },
    args: ["-f", "list.yaml"],
  },
  "lists by kind": { files: { "lists.yaml": typedLists }, args: ["-f", "lists.yaml"] },
};

describe("-f takes", () => {
  test.concurrent.each(Object.keys(rows))("%s", async (title) => {
    const { files = {}, args = [], input = "" } = rows[title] ?? {};
    const ran = await withFolder(files, (folder) =>
      kubeNFT(["render", ...args, "--config", config, "--family", "ip"], { folder, input }),
    );
    expect(ran).toEqual({ stdout: await expected, stderr: "", exitCode: 0 });
  });
});

const expected = kubeNFT(["render", "-f", "-", "--config", config, "--family", "ip"], {
  input: String(fileText(web)),
}).then(({ stdout }) => stdout);

/** In kubeadm's form. */
const kubeProxyConfig = `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 0.0.0.0
clientConnection:
  kubeconfig: /var/lib/kube-proxy/kubeconfig.conf
clusterCIDR: 10.244.0.0/16
configSyncPeriod: 0s
conntrack:
  maxPerCore: null
mode: ""
nodePortAddresses: null
`;

const kubeProxyConfigMap = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "kube-proxy", namespace: "kube-system" },
  data: { "config.conf": kubeProxyConfig, "kubeconfig.conf": "apiVersion: v1\nkind: Config\n" },
};

describe("--config takes kube-proxy's own configuration", () => {
  const nodePort = service("node-port", {
    clusterIP: "10.96.0.12",
    type: "NodePort",
    ports: [{ port: 80, nodePort: 30080 }],
  });
  const objects = [...web, nodePort, slice("node-port", ["10.244.1.13"])];
  test.concurrent.each<[string, Files[string]]>([
    ["as a file", kubeProxyConfig],
    ["as its ConfigMap", kubeProxyConfigMap],
  ])("%s", async (_title, content) => {
    const ran = await withFolder({ "web.yaml": objects, "kube-proxy.yaml": content }, (folder) =>
      kubeNFT(["render", "-f", "web.yaml", "--config", "kube-proxy.yaml", "--family", "ip"], { folder }),
    );
    expect(ran.stdout).toMatch(/set pod-cidrs \{\n(?: {4}.*\n)* {6}10\.244\.0\.0\/16,\n/);
    // In its mode iptables kube-proxy serves NodePorts on every address.
    expect(ran.stdout).toContain("fib daddr type local");
    expect(ran.stderr).toBe(
      "kube-proxy.yaml: KubeProxyConfiguration: mode: is not set, which means iptables; kube-nft uses nftables with the settings of that mode\n",
    );
    expect(ran.exitCode).toBe(0);
  });
});

test.concurrent("--config may name the Node", async () => {
  const other = { ...node, metadata: { name: "node-2" } };
  const override = `${kubeProxyConfig}hostnameOverride: Node-2\ndetectLocalMode: NodeCIDR\n`;
  const nodes = [
    { ...node, spec: { podCIDRs: ["10.244.1.0/24"] } },
    { ...other, spec: { podCIDRs: ["10.244.2.0/24"] } },
  ];
  const { stdout } = await withFolder({ "web.yaml": [...web.slice(1), ...nodes], "config.yaml": override }, (folder) =>
    kubeNFT(["render", "-f", "web.yaml", "--config", "config.yaml", "--family", "ip"], { folder }),
  );
  expect(stdout).toContain("10.244.2.0/24");
  expect(stdout).not.toContain("10.244.1.0/24");
});

function withoutKind(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== "kind" && name !== "apiVersion"));
}
