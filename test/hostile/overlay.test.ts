import { expect, test } from "@jest/globals";
import type { LogLine } from "../e2e/agent-process.ts";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import { node as labNode, node2 } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";

const families = [
  { name: "IPv4", here: labNode.ipv4, there: node2.ipv4, clusterIP: "10.96.0.11", options: "ipv4", table: "ip" },
  { name: "IPv6", here: labNode.ipv6, there: node2.ipv6, clusterIP: "fd00:10:96::11", options: "ipv6", table: "ip6" },
] as const;

type Family = (typeof families)[number];

/**
 * An overlay between the two nodes, like Flannel's and others': the kernel sends from a different port for each
 * connection.
 */
async function makeOverlay(node: Node, { here, there }: Family): Promise<void> {
  // No flow may time out.
  const timeout = "echo 3600 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout";
  expect(await node.lab.run("node", ["sh", "-c", timeout])).toMatchObject({ exitCode: 0 });
  for (const [host, local, remote, inner] of [
    ["node", here, there, "172.31.0.1/24"],
    ["node2", there, here, "172.31.0.2/24"],
  ] as const) {
    const make = `ip link add overlay0 type vxlan id 7 dstport 8472 local ${local} remote ${remote}`;
    const ran = await node.lab.run(host, [
      "sh",
      "-c",
      `${make} && ip address add ${inner} dev overlay0 && ip link set overlay0 up`,
    ]);
    expect(ran).toMatchObject({ exitCode: 0 });
  }
}

/** The overlay's flows in the node's kernel, by id. */
async function overlayFlows(node: Node, { options }: Family): Promise<readonly string[]> {
  const list = ["conntrack", "-L", "-f", options, "-p", "udp", "--dport", "8472", "-o", "id"];
  const { stdout } = await node.lab.run("node", list);
  return [...stdout.matchAll(/ id=(\d+)/g)].map(([, id = ""]) => id).sort();
}

/** Whether the other node answers over the overlay. */
async function crosses(node: Node): Promise<boolean> {
  await node.lab.run("node", ["ip", "neigh", "flush", "dev", "overlay0"]);
  await node.lab.run("node", ["sh", "-c", "echo | socat - UDP-SENDTO:172.31.0.2:9"]);
  const { stdout } = await node.lab.run("node", ["ip", "neigh", "show", "172.31.0.2", "dev", "overlay0"]);
  return stdout.includes("lladdr");
}

for (const family of families) {
  describeWithNode(`a tenant that claims an overlay's addresses and port, ${family.name}`, (start) => {
    test("ends none of its flows, out or in", async () => {
      const node = await start();
      await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
      await node.run();
      await makeOverlay(node, family);
      try {
        await eventually(() => crosses(node), true);
        const before = await overlayFlows(node, family);
        expect(before.length).toBeGreaterThanOrEqual(2);
        const { position } = node.agent;
        const { here, there, clusterIP, name, table } = family;
        const ports = [{ name: "overlay", port: 8472, protocol: "UDP" }];
        const claims = { clusterIP, clusterIPs: [clusterIP], ports, externalIPs: [here, there] };
        const endpoints = [{ addresses: [name === "IPv4" ? "10.244.1.11" : "fd00:10:244:1::11"], nodeName: "node-1" }];
        await node.putSynced(service("tenant", 11, claims), {
          ...slice("tenant", []),
          addressType: name,
          ports,
          endpoints,
        });
        const isOfUDP = (line: LogLine) =>
          JSON.stringify(line["flows"] ?? {}).includes("udp") && line["family"] === table;
        await node.agent.line((line) => line.msg === "looked for stale flows" && isOfUDP(line), { from: position });
        expect(await overlayFlows(node, family)).toEqual(expect.arrayContaining([...before]));
      } finally {
        for (const host of ["node", "node2"] as const) await node.lab.run(host, ["ip", "link", "delete", "overlay0"]);
      }
    });
  });
}
