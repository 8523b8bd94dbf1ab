import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import type { Lab } from "../lab/lab.ts";
import { addresses } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const script = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  fileURLToPath(new URL("./bulk-http.ts", import.meta.url)),
];

/** A program in a pod, which is ready when it says something. */
async function inPod1(lab: Lab, command: readonly string[]): Promise<() => void> {
  const [program = "", ...args] = [...lab.enter("pod1"), ...command];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return () => child.kill("SIGKILL");
}

const registryPorts = { name: "http", port: 80, nodePort: 30500 };
const udpPorts = { name: "udp", port: 53, protocol: "UDP", nodePort: 30053 };
const dualStack = { clusterIPs: ["10.96.0.10", "fd00:10:96::10"], ipFamilies: ["IPv4", "IPv6"] };
const registry = service("registry", 10, { type: "NodePort", ...dualStack, ports: [registryPorts, udpPorts] });

function endpoints(name: string, family: "IPv4" | "IPv6") {
  const { metadata, ...rest } = slice("registry", ["pod1"]);
  const address = addresses.pod1[family === "IPv4" ? 0 : 1];
  const ports = [
    { name: "http", port: 8090 },
    { name: "udp", port: 8080, protocol: "UDP" },
  ];
  return {
    ...rest,
    metadata: { ...metadata, name },
    addressType: family,
    ports,
    endpoints: [{ addresses: [address] }],
  };
}

/** The series that are not 0, without what their names begin with. */
async function metrics(node: Node, name: string): Promise<string> {
  const { body } = await node.page("/metrics", 10249);
  const lines = body.split("\n").filter((line) => line.startsWith(name) && !line.endsWith(" 0"));
  return lines.map((line) => line.slice(name.length)).join(" ");
}

const prefix = "kubeproxy_nftables_localhost_nodeport";

describeWithNode("NodePorts at loopback addresses", (start) => {
  test("D-01, D-02, D-03 serve a registry, refuse UDP, tell of a port that somebody has, and go with their Service", async () => {
    const node = await start({ config: { nodePortAddresses: ["primary", "localhost"] } });
    const endServer = await inPod1(node.lab, [...script, "server", "8090"]);
    try {
      await node.put(labNodeObject(), registry, endpoints("registry-4", "IPv4"), endpoints("registry-6", "IPv6"));
      // The metrics port of the agent itself.
      const taken = { type: "NodePort", ports: [{ port: 80, nodePort: 10249 }] };
      await node.put(service("taken", 11, taken), slice("taken", ["pod1"]));
      await node.run();
      const both = '{ip_family="IPv4"} 1 {ip_family="IPv6"} 1';
      await eventually(() => metrics(node, `${prefix}_listeners`), both);

      const urls = ["http://127.0.0.1:30500", "http://[::1]:30500"];
      const { stdout, stderr } = await node.lab.run("node", [...script, "client", ...urls]);
      const results = stdout.split("\n").map((line) => JSON.parse(line));
      expect(stderr).toBe("");
      expect(results.map(({ milliseconds: _, ...result }) => result)).toEqual(
        urls.map((url) => ({ url, put: "100000000", got: 100_000_000, again: 7, connections: 1 })),
      );
      await eventually(
        () => metrics(node, "kube_nft_loopback_connections_total"),
        '{ip_family="IPv4",result="passed on"} 1 {ip_family="IPv6",result="passed on"} 1',
      );

      for (const to of ["127.0.0.1", "::1"]) {
        const probe = { from: "node", to, port: 30053, protocol: "udp" } as const;
        expect(await node.reach(probe)).toBe("refused (port unreachable)");
      }
      // They are read from the kernel once a second at most.
      const rejected = /^\{ip_family="IPv4",protocol="UDP"\} \d+ \{ip_family="IPv6",protocol="UDP"\} \d+$/;
      await eventually(async () => rejected.test(await metrics(node, `${prefix}_rejected_packets_total`)), true);

      expect(await metrics(node, `${prefix}_listener_creation_failures_total`)).toBe('{ip_family="IPv4"} 1');
      const events = async () => JSON.stringify(await node.api.call("all", "events"));
      await eventually(async () => (await events()).includes("FailedToListenAtLoopback"), true);
      const { stdout: said } = await node.kubeNFT(["status"]);
      expect(said).toMatch(
        /^loopback +2 NodePorts are open, 0 connections .*default\/taken at 127\.0\.0\.1 port 10249$/m,
      );
      const { stdout: explained } = await node.kubeNFT(["explain", "registry"]);
      expect(explained).toMatch(/port 30500 of 127\.0\.0\.1 +NodePort +this node +1 endpoint, through the agent/);
      expect(explained).toMatch(/port 30053 of 127\.0\.0\.1 +NodePort +this node +refused/);
      const { stdout: packet } = await node.kubeNFT(["explain", "--from", "node", "--to", "127.0.0.1:30500"]);
      expect(packet).toContain("the agent accepts it for default/registry:http, and passes the connection on to\n");
      expect(await node.kubeNFT(["verify", "--kernel"])).toMatchObject({ exitCode: 0 });

      await node.deleteSynced(registry);
      await eventually(() => node.reach({ from: "node", to: "127.0.0.1", port: 30500 }), "refused (reset)");
      expect(await metrics(node, `${prefix}_listeners`)).toBe("");
    } finally {
      endServer();
    }
  });
});
