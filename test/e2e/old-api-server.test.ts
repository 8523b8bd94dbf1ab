import { expect, test } from "@jest/globals";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** A slice in the form of Kubernetes 1.21: without hints, and with no condition but `ready`. */
function oldSlice(name: string, pod: "pod1" | "pod5") {
  const { endpoints, ...rest } = slice(name, [pod]) as unknown as { readonly endpoints: readonly object[] };
  const plain = endpoints.map((endpoint) => ({ ...endpoint, conditions: { ready: true } }));
  return { ...slice(name, []), ...rest, endpoints: plain };
}

describeWithNode("an old API server", (start) => {
  test("without the field selector, ServiceCIDRs and hints is followed like any other", async () => {
    const node = await start();
    await node.api.call("disable", "services", "spec.clusterIP");
    await node.api.call("disable", "servicecidrs");
    const headless = service("headless", 12, { clusterIP: "None", clusterIPs: ["None"] });
    await node.put(labNodeObject(), service("web", 10), oldSlice("web", "pod1"), headless, slice("headless", ["pod3"]));
    await node.run();
    await node.api.call("untilWatches", 4);
    const near = { trafficDistribution: "PreferClose" };
    await node.putSynced(service("near", 11, near), oldSlice("near", "pod5"));
    // A Service that becomes headless loses its frontend.
    await node.putSynced(service("web", 10, { clusterIP: "None", clusterIPs: ["None"] }));
    const { stdout } = await node.lab.nft(["list", "map", "ip", "kube-nft", "services"]);
    expect(stdout.match(/comment "[^"]*"/g)).toEqual(['comment "default/near"']);
    expect(await node.reach({ from: "client", to: "10.96.0.11", port: 80 })).toBe("pod5:8080 masqueraded");
    expect((await node.page("/healthz")).code).toBe(200);
    expect(node.agent.log.filter(({ level }) => level === "error")).toEqual([]);
  });
});
