import { expect, test } from "@jest/globals";
import type { Probe } from "../lab/lab.ts";
import { addresses, node as labNode, type Place } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const families = [
  {
    name: "IPv4",
    clusterIP: "10.96.0.53",
    external: "203.0.113.53",
    elsewhere: "198.51.100.53",
    node: labNode.ipv4,
    place: 0,
  },
  {
    name: "IPv6",
    clusterIP: "fd00:10:96::53",
    external: "2001:db8:203::53",
    elsewhere: "2001:db8:198::53",
    node: labNode.ipv6,
    place: 1,
  },
] as const;

type Family = (typeof families)[number];

/** A Service of UDP port 53, and an endpoint on this node, on the other, or both. */
function objects({ name, clusterIP, external, place }: Family, pods: readonly Place[], spec: object = {}) {
  const ports = [{ name: "dns", port: 53, protocol: "UDP" }];
  const endpoints = pods.map((pod) => ({
    addresses: [addresses[pod][place]],
    conditions: { ready: true, serving: true },
    nodeName: pod === "pod1" ? "node-1" : "node-2",
  }));
  const ofService = { ...service("dns", 53), spec: { type: "LoadBalancer", clusterIPs: [clusterIP], ports, ...spec } };
  return [
    { ...ofService, status: { loadBalancer: { ingress: [{ ip: external }] } } },
    { ...slice("dns", [], { ports }), addressType: name, endpoints },
  ];
}

/** The answer to a client that keeps its port. */
function ask(node: Node, from: Probe["from"], to: string, port = 53): Promise<string> {
  return node.reach({ from, to, port, protocol: "udp", sourcePort: 20053, patience: 1000 });
}

for (const family of families) {
  const { name, clusterIP, external, elsewhere, node: nodeIP } = family;

  describeWithNode(`${name}, UDP clients that keep their port`, (start) => {
    test("from outside leave another node's endpoint when the policy becomes Local; pods, and ClusterIPs, do not", async () => {
      const node = await start();
      await node.put(labNodeObject(), ...objects(family, ["pod5"]));
      await node.run();
      const clients = [
        ["client", external, "pod5:53 masqueraded"],
        ["client", clusterIP, "pod5:53 masqueraded"],
        ["pod4", external, "pod5:53 masqueraded"],
        ["pod4", clusterIP, "pod5:53"],
        ["node", external, "pod5:53 masqueraded"],
      ] as const;
      for (const [from, to, answer] of clients)
        expect([from, to, await ask(node, from, to)]).toEqual([from, to, answer]);
      await node.putSynced(...objects(family, ["pod1", "pod5"], { externalTrafficPolicy: "Local" }));
      await eventually(() => ask(node, "client", external), "pod1:53");
      for (const [from, to, answer] of clients.slice(1)) {
        expect([from, to, await ask(node, from, to)]).toEqual([from, to, answer]);
      }
      await node.putSynced(...objects(family, ["pod5"], { externalTrafficPolicy: "Local" }));
      await eventually(() => ask(node, "client", external), "dropped");
    });

    test("stay with a program of the node when a Service takes its address and port, and with nobody else", async () => {
      const node = await start();
      await node.put(labNodeObject(), ...objects(family, ["pod1"]));
      await node.run();
      expect(await ask(node, "client", nodeIP, 9100)).toBe("node:9100");
      expect(await ask(node, "client", elsewhere, 9100)).toBe("outside:7");
      const ports = [{ name: "dns", port: 9100, protocol: "UDP" }];
      await node.putSynced(...objects(family, ["pod1"], { externalIPs: [nodeIP, elsewhere], ports }));
      await eventually(() => ask(node, "client", elsewhere, 9100), "pod1:53 masqueraded");
      expect(await ask(node, "client", nodeIP, 9100)).toBe("node:9100");
      expect(await node.reach({ from: "client", to: nodeIP, port: 9100, protocol: "udp" })).toBe("pod1:53 masqueraded");
    });
  });
}
