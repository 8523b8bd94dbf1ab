import { spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import { serviceCIDR } from "../api-server/objects.ts";
import { addresses } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

describeWithNode("a change", (start) => {
  test("of the node's addresses changes where NodePorts are served", async () => {
    const node = await start({ config: { nodePortAddresses: ["172.16.0.0/24"] } });
    const nodePort = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
    await node.put(labNodeObject(), service("web", 10, nodePort), slice("web", ["pod1"]));
    await node.run();
    const probe = { from: "client", to: "172.16.0.77", port: 30080 } as const;
    expect(await node.reach({ ...probe, to: "172.16.0.10" })).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ ...probe, to: "192.0.2.10" })).toBe("refused (reset)");
    const change = (what: "add" | "del") =>
      node.lab.run("node", ["ip", "address", what, "172.16.0.77/24", "dev", "lan0"]);
    await change("add");
    await eventually(() => node.reach({ ...probe, patience: 300 }), "pod1:8080 masqueraded");
    await change("del");
    await node.caughtUp();
    expect(await node.reach({ ...probe, patience: 300 })).not.toBe("pod1:8080 masqueraded");
  });

  test("of the Node's zone changes which endpoints its clients get", async () => {
    const node = await start();
    const inZone = (pod: "pod1" | "pod5", zone: string) => ({
      addresses: [addresses[pod][0]],
      nodeName: "node-1",
      zone,
      hints: { forZones: [{ name: zone }] },
    });
    await node.put(labNodeObject({ "topology.kubernetes.io/zone": "a" }), service("web", 10));
    await node.put(slice("web", [], { endpoints: [inZone("pod1", "a"), inZone("pod5", "b")] }));
    await node.run();
    expect(await node.answerers(web)).toEqual(["pod1:8080 masqueraded"]);
    await node.putSynced(labNodeObject({ "topology.kubernetes.io/zone": "b" }));
    expect(await node.answerers(web)).toEqual(["pod5:8080 masqueraded"]);
    await node.putSynced(labNodeObject());
    expect(await node.answerers(web)).toEqual(["pod1:8080 masqueraded", "pod5:8080 masqueraded"]);
  });

  test("B-299 of the Node's podCIDRs changes who is masqueraded", async () => {
    const node = await start({ config: { detectLocalMode: "NodeCIDR" } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    expect(await node.reach({ ...web, from: "pod2" })).toBe("pod1:8080");
    await node.putSynced({ ...labNodeObject(), spec: { podCIDRs: ["10.9.0.0/24", "fd09::/64"] } });
    expect(await node.reach({ ...web, from: "pod2" })).toBe("pod1:8080 masqueraded");
  });

  test("of the ServiceCIDRs changes which addresses are ours", async () => {
    const node = await start();
    await node.put(labNodeObject(), serviceCIDR("kubernetes", "10.96.0.0/24"));
    await node.run();
    const probe = { from: "client", to: "10.96.7.7", port: 80 } as const;
    expect(await node.reach(probe)).toBe("outside:7");
    await node.putSynced(serviceCIDR("more", "10.96.7.0/24"));
    expect(await node.reach({ ...probe, patience: 300 })).toBe("dropped");
    await node.deleteSynced(serviceCIDR("more"));
    expect(await node.reach(probe)).toBe("outside:7");

    await node.put(service("web", 10), slice("web", ["pod1"]));
    await node.putSynced(serviceCIDR("over-pods", "10.244.1.0/24"));
    const inside = "endpoint 10.244.1.11 lies in the ServiceCIDR 10.244.1.0/24";
    const problem = `${inside}; connections are dropped, except to addresses of this node`;
    const told = await node.agent.logged("a Service cannot be served as specified");
    expect(told).toMatchObject({ service: "default/web", problems: [problem] });
    expect(await node.reach({ ...web, patience: 300 })).toBe("dropped");
    await node.deleteSynced(serviceCIDR("over-pods"));
    await node.agent.logged("a Service can be served as specified again");
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
  });

  test("of the node's own addresses, on lo too, makes them reachable inside a ServiceCIDR", async () => {
    const node = await start();
    await node.put(labNodeObject(), serviceCIDR("kubernetes", "10.96.0.0/16"));
    await node.run();
    const dns = { to: "10.96.0.9", port: 53 } as const;
    expect(await node.reach({ ...dns, from: "node", patience: 300 })).toBe("dropped");
    const change = (what: "add" | "del") => node.lab.run("node", ["ip", "address", what, "10.96.0.9/32", "dev", "lo"]);
    await change("add");
    const [program = "", ...enter] = node.lab.enter("node");
    const server = spawn(program, [...enter, "socat", "TCP4-LISTEN:53,bind=10.96.0.9,fork", "SYSTEM:echo here"]);
    try {
      for (const from of ["node", "pod2"] as const) {
        const ask = () => node.lab.run(from, ["socat", "-T5", "-", "TCP4:10.96.0.9:53"]);
        await eventually(async () => (await ask()).stdout, "here");
      }
    } finally {
      server.kill();
      await change("del");
    }
    expect(await node.reach({ ...dns, from: "node", patience: 300 })).toBe("dropped");
  });

  test("of the Node's fitness shows on /healthz, not on /livez", async () => {
    const node = await start();
    await node.put(labNodeObject());
    await node.run();
    await node.untilPage("/healthz", 200);
    const taints = [{ key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" }];
    await node.api.call("patch", labNodeObject(), { spec: { taints } });
    await node.untilPage("/healthz", 503);
    expect((await node.page("/livez")).code).toBe(200);
    expect(JSON.parse((await node.page("/healthz")).body)).toMatchObject({ nodeEligible: false, healthy: true });
    await node.put(labNodeObject());
    await node.untilPage("/healthz", 200);
    await node.api.call("delete", labNodeObject());
    await node.untilPage("/healthz", 503);
    expect((await node.page("/livez")).code).toBe(200);
  });
});
