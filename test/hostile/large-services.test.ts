import { expect, test } from "@jest/globals";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const ports = Array.from({ length: 100 }, (_, index) => ({
  name: `p${index}`,
  port: 1000 + 2 * index,
  protocol: "TCP",
}));

async function startServing(start: () => Promise<Node>): Promise<Node> {
  const node = await start();
  await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
  // If it needs more memory, it crashes.
  await node.run({ env: { NODE_OPTIONS: "--max-semi-space-size=8 --max-old-space-size=300" } });
  await node.untilWatched();
  return node;
}

/** The number of ports of the large Service with endpoints in the kernel. */
async function portsServed(node: Node): Promise<number> {
  const { stdout } = await node.lab.nft(["list", "set", "ip", "kube-nft", "served"]);
  return stdout.split("10.96.0.11 ").length - 1;
}

/** No round has failed, and none took longer than one port of a Service. */
function expectSmallRounds({ agent }: Node, from: number): void {
  const rounds = agent.log.slice(from).filter(({ msg, family }) => msg === "synced" && family === "ip");
  expect(rounds.filter(({ kind, elements }) => kind !== "partial" || Number(elements) > 20_000)).toEqual([]);
  expect(agent.log.slice(from).filter(({ level }) => level === "error")).toEqual([]);
}

describeWithNode("a Service that is far larger than it looks", (start) => {
  test("of 100 ports and 1,000 source ranges has them once for all ports, and is closed if others split the ports", async () => {
    const node = await startServing(start);
    const { position } = node.agent;
    const loadBalancer = (ips: readonly string[]) => ({ loadBalancer: { ingress: ips.map((ip) => ({ ip })) } });
    const ranges = Array.from({ length: 1000 }, (_, i) => `198.${18 + (i >> 8)}.${i & 255}.0/25`);
    const loadBalancerSourceRanges = ["192.0.2.100/32", ...ranges];
    const large = service("large", 11, { type: "LoadBalancer", ports, loadBalancerSourceRanges });
    await node.put(slice("large", ["pod1"], { ports: ports.map((port) => ({ ...port, port: 8080 })) }));
    await node.putSynced({ ...large, status: loadBalancer(["203.0.113.200"]) });
    const elements = async () => {
      const { stdout } = await node.lab.nft(["list", "set", "ip", "kube-nft", "allowed-sources-tcp"]);
      return stdout.split(" . 1000-1198 . ").length - 1;
    };
    expect(await elements()).toBe(1001);
    const first = { to: "203.0.113.200", port: 1000, patience: 1000 } as const;
    expect(await node.reach({ from: "client", ...first })).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ from: "client", ...first, port: 1198 })).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ from: "node2", ...first })).toBe("dropped");

    const other = service("other", 12, { type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.20/32"] });
    await node.put({ ...other, status: loadBalancer(["203.0.113.200"]) });
    await node.agent.line((line) => JSON.stringify(line).includes("come to 100100 IPv4 ranges"));
    await node.putSynced(slice("web", ["pod2"]));
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
    expect(await elements()).toBe(0);
    expect(await node.reach({ from: "client", ...first })).toBe("dropped");
    expectSmallRounds(node, position);
  });

  test("of a tenant with many of them, with 1,900 source ranges each, takes none from an older one", async () => {
    const node = await startServing(start);
    const object = (name: string, last: number, created: string, loadBalancerSourceRanges: readonly string[]) => {
      const { metadata, ...fields } = service(name, last, { type: "LoadBalancer", loadBalancerSourceRanges });
      const status = { loadBalancer: { ingress: [{ ip: `203.0.113.${last}` }] } };
      return { ...fields, metadata: { ...metadata, creationTimestamp: created }, status };
    };
    const ranges = Array.from({ length: 1900 }, (_, i) => `198.${18 + (i >> 8)}.${i & 255}.0/25`);
    for (let n = 0; n < 12; n++) await node.put(object(`hog-${n}`, 100 + n, "2026-02-01T00:00:00Z", ranges));
    await node.put(slice("bank", ["pod1"]));
    await node.putSynced(object("bank", 200, "2026-01-01T00:00:00Z", ["192.0.2.100/32"]));
    const { stdout } = await node.lab.nft(["list", "set", "ip", "kube-nft", "allowed-sources-tcp"]);
    expect(stdout.match(/ \. 80 \. /g)?.length).toBe(10 * 1900 + 1);
    expect(await node.reach({ from: "client", to: "203.0.113.200", port: 80 })).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ from: "node2", to: "203.0.113.200", port: 80, patience: 1000 })).toBe("dropped");
  });

  test("of 100 ports and 10,000 endpoints is served in part, and others' changes go between its portions", async () => {
    const node = await startServing(start);
    const { position } = node.agent;
    const slices = Array.from({ length: 10 }, (_, number) => {
      const ips = Array.from({ length: 1000 }, (_, index) => `10.200.${number * 4 + (index >> 8)}.${index & 255}`);
      const { metadata, ...fields } = slice("large", [], {
        ports: ports.map((port) => ({ ...port, port: 8080 })),
        endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true }, nodeName: "node-2" })),
      });
      return { ...fields, metadata: { ...metadata, name: `large-${number}` } };
    });
    await node.put(...slices);
    await node.put(service("large", 11, { ports }));
    const isOfLarge = ({ msg, elements }: { readonly msg: string; readonly elements?: unknown }) =>
      msg === "synced" && Number(elements) > 5_000;
    await node.agent.line(isOfLarge, { from: position });
    await node.put(slice("web", ["pod2"]));
    const after = node.agent.position;
    await node.agent.line(({ msg, services }) => msg === "synced" && services === 2, { from: after });
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
    // Others' changes went with one of its portions, and more followed.
    expect(await portsServed(node)).toBeLessThan(100);
    for (let seen = node.agent.position; (await portsServed(node)) < 100; seen = node.agent.position) {
      await node.agent.line(({ msg, family }) => msg === "synced" && family === "ip", { from: seen });
    }
    expectSmallRounds(node, position);
    await node.agent.line((line) => JSON.stringify(line).includes("the first 2621 are looked at"));
  });

  test("of a tenant with 3,000 sticky ones, each with a time-out of its own, makes few chains, and others' changes go between", async () => {
    const node = await startServing(start);
    const { position } = node.agent;
    const sticky = Array.from({ length: 3000 }, (_, n) => {
      const clusterIP = `10.96.${16 + (n >> 8)}.${n & 255}`;
      const sessionAffinityConfig = { clientIP: { timeoutSeconds: 7000 + n } };
      return service(`sticky-${n}`, 0, {
        clusterIP,
        clusterIPs: [clusterIP],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig,
      });
    });
    await node.put(...sticky.map((_, n) => slice(`sticky-${n}`, ["pod1"])));
    await node.put(...sticky);
    const isOfSticky = ({ msg, services }: { readonly msg: string; readonly services?: unknown }) =>
      msg === "synced" && Number(services) > 1;
    await node.agent.line(isOfSticky, { from: position });
    await node.put(slice("web", ["pod2"]));
    await node.caughtUp();
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
    const { stdout } = await node.lab.nft(["list", "chains", "ip"]);
    const chains = stdout.match(/chain remember-tcp-\d+/g) ?? [];
    expect(chains.length).toBeGreaterThan(100);
    expect(chains.length).toBeLessThan(130);
    expectSmallRounds(node, position);
  });
});
