import { expect, test } from "@jest/globals";
import type { Probe } from "../lab/lab.ts";
import { node as labNode, type Place } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** A client that keeps its source port, as resolvers do. */
const dns: Probe = { from: "pod4", to: "10.96.0.53", port: 53, protocol: "udp", sourcePort: 20053, patience: 2000 };
const udp = { ports: [{ name: "dns", port: 53, protocol: "UDP" }] };

function dnsSlice(pods: readonly Place[]) {
  return slice("dns", pods, { ports: [{ name: "dns", port: 53, protocol: "UDP" }] });
}

describeWithNode("UDP clients that keep their port", (start) => {
  test("move to a live endpoint within a second, also over a restart, and stay while theirs lives", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("dns", 53, udp), dnsSlice(["pod1"]));
    await node.run();
    expect(await node.reach(dns)).toBe("pod1:53");
    await node.putSynced(dnsSlice(["pod1", "pod2", "pod3"]));
    expect(await node.reach(dns)).toBe("pod1:53");
    await node.put(dnsSlice(["pod2"]));
    await eventually(() => node.reach(dns), "pod2:53");

    await node.agent.end("SIGKILL");
    await node.put(dnsSlice(["pod3"]));
    expect(await node.reach(dns)).toBe("pod2:53");
    await node.run();
    await eventually(() => node.reach(dns), "pod3:53");

    await node.put(dnsSlice([]));
    await eventually(() => node.reach(dns), "refused (port unreachable)");
    await node.put(dnsSlice(["pod1"]));
    await eventually(() => node.reach(dns), "pod1:53");
  });
});

const healthPort = 30999;
const local = {
  type: "LoadBalancer",
  externalTrafficPolicy: "Local",
  healthCheckNodePort: healthPort,
  ports: [{ port: 80, nodePort: 30080 }],
};

async function endpointsHere(node: Node): Promise<string> {
  const { code, body } = await node.page("/", healthPort, labNode.ipv4);
  return code === 0 ? "no answer" : `${code} ${JSON.parse(body).localEndpoints}`;
}

/** Endpoints on this node (pod1 .. pod4) and on another. */
function webSlice(pods: readonly Place[]) {
  const { endpoints } = slice("web", pods) as { readonly endpoints?: readonly object[] };
  const isHere = (pod: Place | undefined) => ["pod1", "pod2", "pod3", "pod4"].includes(`${pod}`);
  const placed = (endpoints ?? []).map((endpoint, index) => ({
    ...endpoint,
    nodeName: isHere(pods[index]) ? "node-1" : "node-2",
  }));
  return slice("web", pods, { endpoints: placed });
}

describeWithNode("a healthCheckNodePort", (start) => {
  test("reports the endpoints here through a rolling update, and is closed with its Service", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10, local), webSlice(["pod1", "pod5"]));
    await node.run();
    await eventually(() => endpointsHere(node), "200 1");
    for (const [pods, answer] of [
      [["pod1", "pod2", "pod5"], "200 2"],
      [["pod2", "pod6"], "200 1"],
      [["pod6", "pod7"], "503 0"],
      [["pod3", "pod7"], "200 1"],
    ] as const) {
      await node.put(webSlice(pods));
      await eventually(() => endpointsHere(node), answer);
    }
    await node.api.call("delete", service("web", 10));
    await eventually(() => endpointsHere(node), "no answer");
  });
});

function sorted(counts: Readonly<Record<string, number>>): string {
  return JSON.stringify(Object.entries(counts).sort());
}

/** A scrape's counts of refused packets. */
async function refusedPackets(node: { page: (path: string, port: number) => Promise<{ body: string }> }) {
  const { body } = await node.page("/metrics", 10249);
  const lines = body.matchAll(/^kube_nft_(?:service_)?refused_packets_total\{ip_family="IPv4",(.*)\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, labels, packets]) => [labels, Number(packets)]));
}

describeWithNode("the agent's metrics", (start) => {
  test("W-29 count refused packets by Service and reason, also after the Service has endpoints", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10));
    await node.run();
    await node.untilWatched();
    const none = { "no endpoints": 0, "policy Local": 0, "source range": 0, "unknown port": 0, loopback: 0, slip: 0 };
    const zeros = Object.fromEntries(Object.entries(none).map(([reason]) => [`reason="${reason}"`, 0]));
    expect(await refusedPackets(node)).toEqual(zeros);
    const client = { from: "client", to: "10.96.0.10" } as const;
    await node.lab.volley({ ...client, port: 80 }, { count: 5 });
    await node.lab.volley({ ...client, protocol: "udp", port: 81 }, { count: 3 });
    await node.put(slice("web", ["pod1"]));
    const endpoints = () => node.lab.nft(["list", "table", "ip", "kube-nft"]);
    await eventually(async () => (await endpoints()).stdout.includes("10.244.1.11 . 8080"), true);
    expect(await node.answerers({ ...client, port: 80 }, 5)).toEqual(["pod1:8080 masqueraded"]);
    const totals = { ...zeros, 'reason="no endpoints"': 5, 'reason="unknown port"': 3 };
    const web = 'namespace="default",service="web",port=""';
    const ofWeb = { [`${web},reason="no endpoints"`]: 5, [`${web},reason="unknown port"`]: 3 };
    await eventually(async () => sorted(await refusedPackets(node)), sorted({ ...totals, ...ofWeb }));
    await node.api.call("delete", service("web", 10));
    await eventually(async () => sorted(await refusedPackets(node)), sorted(totals));
  });

  test("count syncs, repairs and new connections, and the rules can be read", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run({ flags: ["--service-metrics", "all"] });
    await node.untilWatched();
    await node.answerers({ from: "client", to: "10.96.0.10", port: 80 }, 20);
    const { code, body } = await node.page("/metrics", 10249);
    expect(code).toBe(200);
    expect(body).toMatch(/^kubeproxy_sync_proxy_rules_duration_seconds_count\{.*\} [1-9]/m);
    expect(body).toMatch(/connections\w*\{[^}]*web[^}]*\} 20$/m);
    await node.lab.nft(["flush", "ruleset"]);
    await eventually(async () => {
      const metrics = await node.page("/metrics", 10249);
      return /drift_repairs_total\{[^}]*IPv4[^}]*\} 1$/m.test(metrics.body);
    }, true);
    expect((await node.page("/proxyMode", 10249)).body).toBe("nftables");
    const rules = await node.page("/rules", 10249);
    expect(rules.body).toContain('10.96.0.10 . tcp . 80 comment "default/web"');
  });
});
