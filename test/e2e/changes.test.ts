import { expect, test } from "@jest/globals";
import { serviceCIDR } from "../api-server/objects.ts";
import type { KubernetesObject } from "../api-server/store.ts";
import { addresses } from "../lab/world.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const webIPv6 = { ...web, to: "fd00:10:96::10" } as const;
const otherProxy = { "service.kubernetes.io/service-proxy-name": "other" };

function labelled(object: KubernetesObject, labels: Readonly<Record<string, string>>): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...labels } } };
}

describeWithNode("while connections come, a change", (start) => {
  test("of the label that leaves a Service, or a slice, to another proxy counts at once, on and off", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.putSynced(labelled(slice("web", ["pod1"]), otherProxy));
    expect(await node.reach(web)).toBe("refused (reset)");
    await node.putSynced(slice("web", ["pod1"]));
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.putSynced(labelled(service("web", 10), otherProxy));
    expect(await node.reach(web)).toBe("outside:7");
    await node.putSynced(service("web", 10));
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
  });

  test("of a Service that is deleted and made again leaves nothing of the former one", async () => {
    const node = await start();
    const at = (last: number) => node.reach({ ...web, to: `10.96.0.${last}`, patience: 300 });
    await node.put(labNodeObject(), serviceCIDR("kubernetes", "10.96.0.0/24"));
    await node.put(service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.deleteSynced(service("web", 10));
    expect(await at(10)).toBe("dropped");
    await node.putSynced(service("web", 10));
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.deleteSynced(service("web", 10));
    await node.putSynced(service("web", 11));
    expect(await at(10)).toBe("dropped");
    expect(await node.reach({ ...web, to: "10.96.0.11" })).toBe("pod1:8080 masqueraded");
    await node.putSynced(service("next", 10), slice("next", ["pod2"]));
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
  });

  test("of the ServiceCIDRs leaves the Services in them alone", async () => {
    const node = await start();
    const nodePort = { type: "NodePort", ports: [{ port: 80, nodePort: 30080 }] };
    await node.put(labNodeObject(), serviceCIDR("kubernetes", "10.96.0.0/28"));
    await node.run();
    await node.putSynced(serviceCIDR("more", "10.96.0.64/28"));
    await node.putSynced(service("web", 70, nodePort), slice("web", ["pod1"]));
    const inMore = { ...web, to: "10.96.0.70" } as const;
    const connection = await node.lab.open({ ...inMore, patience: 5000 });
    expect(await node.reach({ ...web, to: "192.0.2.10", port: 30080 })).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ ...inMore, to: "10.96.0.71", patience: 300 })).toBe("dropped");
    await node.deleteSynced(serviceCIDR("more"));
    expect(await node.reach({ ...inMore, to: "10.96.0.71" })).toBe("outside:7");
    expect(await node.reach(inMore)).toBe("pod1:8080 masqueraded");
    expect(await connection.again()).toMatchObject({ kind: "answered", by: "pod1" });
    await connection.hangUp();
  });

  test("from one family to both, IPv6 first, and back leaves the other family alone", async () => {
    const node = await start();
    const slice6 = {
      ...slice("web", [], { addressType: "IPv6" }),
      metadata: { name: "web-6", namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
      endpoints: [{ addresses: [addresses.pod1[1]], nodeName: "node-1" }],
    };
    const [ip, ip6] = ["10.96.0.10", "fd00:10:96::10"];
    const both = service("web", 10, { clusterIP: ip6, clusterIPs: [ip6, ip], ipFamilies: ["IPv6", "IPv4"] });
    await node.put(labNodeObject(), slice("web", ["pod1"]), slice6);
    await node.put(service("web", 10, { clusterIP: ip6, clusterIPs: [ip6], ipFamilies: ["IPv6"] }));
    await node.run();
    const connection = await node.lab.open({ ...webIPv6, patience: 5000 });
    expect(await node.reach(web)).toBe("outside:7");
    await node.putSynced(both);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    expect(await node.reach(webIPv6)).toBe("pod1:8080 masqueraded");
    await node.putSynced(service("web", 10, { clusterIP: ip6, clusterIPs: [ip6], ipFamilies: ["IPv6"] }));
    expect(await node.reach(web)).toBe("outside:7");
    expect(await node.reach(webIPv6)).toBe("pod1:8080 masqueraded");
    expect(await connection.again()).toMatchObject({ kind: "answered", by: "pod1" });
    await connection.hangUp();
  });

  test("of the slice that has a Service's endpoints loses no endpoint", async () => {
    const node = await start();
    const named = (name: string, pods: Parameters<typeof slice>[1]) => {
      const { metadata, ...rest } = slice("web", pods);
      return { ...rest, metadata: { ...metadata, name } };
    };
    await node.put(labNodeObject(), service("web", 10), named("web-a", ["pod1", "pod2"]));
    await node.run();
    await node.putSynced(named("web-b", ["pod1", "pod2"]));
    expect(await node.answerers(web)).toEqual(["pod1:8080 masqueraded", "pod2:8080 masqueraded"]);
    await node.deleteSynced(named("web-a", []));
    expect(await node.answerers(web)).toEqual(["pod1:8080 masqueraded", "pod2:8080 masqueraded"]);
    await node.putSynced(named("web-b", ["pod2"]));
    expect(await node.answerers(web)).toEqual(["pod2:8080 masqueraded"]);
  });
});
