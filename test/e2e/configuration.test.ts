import { expect, test } from "@jest/globals";
import { node as labNode } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const fromPod = { from: "pod2", to: "10.96.0.10", port: 80 } as const;

/** A field of `/configz`. */
async function inForce(node: Node, field: string): Promise<unknown> {
  const { body } = await node.page("/configz", 10249);
  return JSON.parse(body)["kubeproxy.config.k8s.io"][field];
}

describeWithNode("a configuration file that changes", (start) => {
  test("takes effect live, and an unusable one leaves the previous one in force", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    expect(await node.reach(fromPod)).toBe("pod1:8080");

    await node.configure({ nftables: { masqueradeAll: true } });
    await node.agent.logged("the configuration has changed");
    await eventually(() => node.reach(fromPod), "pod1:8080 masqueraded");

    await node.configure({ clusterCIDR: "nonsense" });
    const refused = await node.agent.logged(
      "the changed configuration cannot be used; the previous one stays in force",
    );
    expect(`${refused["reasons"]}`).toContain('clusterCIDR: "nonsense" is not a list of networks');
    expect(await node.reach(fromPod)).toBe("pod1:8080 masqueraded");
    expect((await node.page("/healthz")).code).toBe(200);

    await node.configure({ oomScoreAdj: 7 });
    await eventually(() => node.reach(fromPod), "pod1:8080");
    expect(node.agent.lines("these fields of the configuration take effect after a restart")).toMatchObject([
      { level: "warn", fields: ["oomScoreAdj"] },
    ]);
    expect(await inForce(node, "oomScoreAdj")).toBe(-999);
    expect(await inForce(node, "clusterCIDR")).toContain("10.244.");
    await node.caughtUp();
  });
});

describeWithNode("what changes while the agent waits for its first lists", (start) => {
  test("is not lost: neither the configuration file nor the host's addresses", async () => {
    const node = await start({ config: { nodePortAddresses: ["172.16.0.0/24"] } });
    const nodePort = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
    await node.put(labNodeObject(), service("web", 10, nodePort), slice("web", ["pod1"]));
    await node.api.call("forbid", { resource: "services" });
    const agent = node.launch();
    await agent.logged("cannot read from the API server");
    await node.configure({ nodePortAddresses: ["172.16.0.77/32"], nftables: { masqueradeAll: true } });
    await node.lab.run("node", ["ip", "address", "add", "172.16.0.77/24", "dev", "lan0"]);
    await node.api.call("permit");
    await agent.logged("the configuration has changed");
    await node.caughtUp();
    expect(await node.reach(fromPod)).toBe("pod1:8080 masqueraded");
    const atNode = { ...fromPod, from: "client", to: "172.16.0.77", port: 30080 } as const;
    expect(await node.reach(atNode)).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ ...atNode, to: "172.16.0.10" })).toBe("refused (reset)");
    await node.lab.run("node", ["ip", "address", "del", "172.16.0.77/24", "dev", "lan0"]);
  });
});

describeWithNode("a Node that is still not complete half a minute after the start", (start) => {
  test("gets its NodePorts and its pods' networks as soon as they are known", async () => {
    const nodePort = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
    const node = await start({ config: { detectLocalMode: "NodeCIDR" } });
    const { spec, status, ...bare } = labNodeObject();
    await node.put(service("web", 10, nodePort), slice("web", ["pod1"]));
    node.launch();
    await node.synced(0);
    expect(node.agent.lines("there is no Node of this name; check --hostname-override")).toHaveLength(1);
    const fromClient = { ...fromPod, from: "client" } as const;
    const atNode = { ...fromClient, to: labNode.ipv4, port: 30080 };
    expect(await node.reach(fromClient)).toBe("pod1:8080");
    expect(await node.reach(atNode)).toBe("refused (reset)");
    expect((await node.page("/livez")).code).toBe(200);
    expect((await node.page("/healthz")).code).toBe(503);

    await node.putSynced({ ...bare, status });
    expect(await node.reach(atNode)).toBe("pod1:8080 masqueraded");
    expect(await node.reach(fromClient)).toBe("pod1:8080");
    expect((await node.page("/healthz")).code).toBe(200);

    await node.putSynced({ ...bare, spec, status });
    expect(await node.reach(fromClient)).toBe("pod1:8080 masqueraded");
    expect(await node.reach(fromPod)).toBe("pod1:8080");
  }, 120_000);
});
