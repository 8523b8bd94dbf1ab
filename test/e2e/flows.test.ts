import { spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import type { Probe } from "../lab/lab.ts";
import { addresses, node as labNode, type Place } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { LogLine } from "./agent-process.ts";
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

/** Sends datagrams from port 53 of an address to the port that clients keep; returns the group of its processes. */
function stream(node: Node, from: string, to: string): number {
  const bracketed = (address: string) => (address.includes(":") ? `[${address}]` : address);
  const socat = `socat -u - UDP-SENDTO:${bracketed(to)}:20053,bind=${bracketed(from)}:53`;
  const [nsenter = "", ...words] = node.lab.enter("outside");
  const script = `while echo late; do sleep 0.02; done | ${socat}`;
  return spawn(nsenter, [...words, "sh", "-c", script], { detached: true, stdio: "ignore" }).pid ?? 0;
}

for (const family of families) {
  const { name, clusterIP, external, elsewhere, node: nodeIP, place } = family;

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

    test("stay with a program of the node when a Service takes its address and port, and with nothing else", async () => {
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

    test("leave a server whose address a Service takes, although its answers continue for a while", async () => {
      const node = await start();
      await node.put(labNodeObject(), ...objects(family, ["pod1"]));
      await node.run();
      const { exitCode } = await node.lab.run("outside", ["ip", "address", "add", elsewhere, "dev", "lo"]);
      expect(exitCode).toBe(0);
      const late = stream(node, elsewhere, addresses.pod4[place] ?? "");
      try {
        const known = async () =>
          (await node.lab.run("node", ["conntrack", "-L", "-f", name.toLowerCase(), "-p", "udp"])).stdout;
        await eventually(async () => (await known()).includes(`src=${elsewhere} `), true);
        await node.putSynced(...objects(family, ["pod1"], { externalIPs: [elsewhere] }));
        const isFound = ({ msg, deleted }: LogLine) => msg === "looked for stale flows" && deleted === 1;
        await eventually(async () => node.agent.log.filter(isFound).length > 2, true);
      } finally {
        process.kill(-late);
      }
      await eventually(() => ask(node, "pod4", elsewhere), "pod1:53 masqueraded");
    });
  });
}
