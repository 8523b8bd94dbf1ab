import { expect, test } from "@jest/globals";
import { addresses, node as labNode } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const local = { addresses: [addresses.pod1[0]], nodeName: "node-1" };
const ports = [{ port: 80, nodePort: 30080 }];
const balanced = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31999, ports };
const web = [service("web", 10, balanced), slice("web", [], { endpoints: [local] })];

/**
 * The endpoints that answer a client at a NodePort and a pod at a ClusterIP, and the answers of a health check node port
 * and the health pages.
 */
async function seen(node: Node): Promise<readonly unknown[]> {
  const probe = { from: "client", to: labNode.ipv4, port: 30080 } as const;
  const pages = [node.page("/", 31999, labNode.ipv4), node.page("/healthz"), node.page("/livez")];
  return [
    await node.reach(probe),
    await node.reach({ from: "pod2", to: "10.96.0.10", port: 80 }),
    ...(await Promise.all(pages)).map(({ code }) => code),
  ];
}

const all = ["pod1:8080", "pod1:8080", 200, 200, 200];
const notEligible = ["pod1:8080", "pod1:8080", 200, 503, 200];

const gone = "the Node is gone or incomplete; its last known state stays in force";

/** Waits until the servers of an agent that has just started, or that has new addresses, answer, too. */
function untilSeen(node: Node, expected: readonly unknown[]): Promise<void> {
  return eventually(async () => JSON.stringify(await seen(node)), JSON.stringify(expected));
}

async function ineligible(node: Node): Promise<readonly string[]> {
  const { body } = await node.page("/metrics", 10249);
  return body.split("\n").filter((line) => line.startsWith("kube_nft_node_ineligible") && line.endsWith(" 1"));
}

describeWithNode("a Node object", (start) => {
  test("that is deleted, or comes back bare, changes nothing but the node's eligibility", async () => {
    const node = await start({ config: { detectLocalMode: "NodeCIDR" } });
    await node.put(labNodeObject(), ...web);
    await node.run();
    await untilSeen(node, all);
    expect(await ineligible(node)).toEqual([]);

    await node.api.call("delete", labNodeObject());
    await node.agent.logged(gone);
    expect(await seen(node)).toEqual(notEligible);
    expect(await ineligible(node)).toEqual(['kube_nft_node_ineligible{reason="no Node"} 1']);
    const [told] = node.agent.lines("this node is not eligible for traffic of load balancers");
    expect(told).toMatchObject({ level: "warn", reason: "no Node" });

    // Another process reads from the tables what the Node contained.
    await node.agent.end("SIGTERM");
    await node.run();
    expect(node.agent.lines("the Node is incomplete; waiting up to 30 s for it")).toEqual([]);
    await untilSeen(node, notEligible);

    const { spec, status, ...bare } = labNodeObject();
    await node.put(bare);
    await node.untilPage("/healthz", 200);
    expect(await seen(node)).toEqual(all);
    await node.put({ ...bare, status });
    await node.putSynced({ ...bare, spec, status });
    expect(await seen(node)).toEqual(all);
    expect(node.agent.lines("the Node is complete again")).toHaveLength(1);

    const moved = { addresses: [{ type: "InternalIP", address: "172.16.0.10" }] };
    await node.putSynced({ ...bare, spec, status: moved });
    await untilSeen(node, ["refused (reset)", "pod1:8080", 0, 200, 200]);
  });

  test("that does not exist at the start is waited for, before anything is written", async () => {
    const node = await start({ config: { detectLocalMode: "NodeCIDR" } });
    await node.put(...web);
    const agent = node.launch();
    const waits = await agent.logged("the Node is incomplete; waiting up to 30 s for it");
    expect(waits["fields"]).toEqual(["status.addresses", "spec.podCIDRs"]);
    expect((await node.lab.nft(["list", "tables"])).stdout).toBe("");
    await node.put(labNodeObject());
    await node.synced(0);
    await untilSeen(node, all);
  });
});
