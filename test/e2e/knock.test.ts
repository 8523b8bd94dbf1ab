import { expect, test } from "@jest/globals";
import type { Probe } from "../lab/lab.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** A ClusterIP and a load balancer IP of each family. */
const clusterIPs = ["10.96.0.10", "fd00:10:96::10"];
const loadBalancerIPs = ["203.0.113.10", "2001:db8:203::10"];
const web = { clusterIPs, ipFamilyPolicy: "RequireDualStack", type: "LoadBalancer" };
const ingress = loadBalancerIPs.map((ip) => ({ ip }));

/** The Service, and its endpoints in both families. */
function objects(status: object = {}) {
  const ipv6 = { ...slice("web", []), metadata: { name: "web-6", labels: { "kubernetes.io/service-name": "web" } } };
  const endpoint = { addresses: ["fd00:10:244:1::11"], conditions: { ready: true }, nodeName: "node-1" };
  return [
    { ...service("web", 10, web), status },
    slice("web", ["pod1"]),
    { ...ipv6, metadata: { ...slice("web", []).metadata, name: "web-6" }, addressType: "IPv6", endpoints: [endpoint] },
  ];
}

/** Packets that the node does not translate are lost, as with most routers. */
async function loseTheRest(node: Node): Promise<void> {
  const lost = "ip daddr { 203.0.113.0/24, 10.96.0.0/16 } drop; ip6 daddr { 2001:db8:203::/64, fd00:10:96::/112 } drop";
  const ruleset = `table inet lost { chain c { type filter hook prerouting priority -300; ${lost}; }; }`;
  expect(await node.lab.run("outside", ["nft", "-f", "-"], ruleset)).toMatchObject({ exitCode: 0 });
}

/** Another program's rule that makes the kernel track connections, such as a CNI plugin's. */
const tracking = "table inet other { chain c { type filter hook output priority 0; ct state new counter; }; }";

const callers = ["client", "pod2", "node"] as const;

/** Ten clients of each place connect to each address, for as long as they retry. */
async function knock(node: Node, ips: readonly string[]) {
  const calls = callers.flatMap((from) => ips.map((to): Probe => ({ from, to, port: 80, patience: 40_000 })));
  const outcomes = calls.map((probe) => node.lab.volley(probe, { count: 10, atOnce: 10 }));
  const unanswered = async () => {
    const list = (family: string) =>
      node.lab.run("node", ["conntrack", "-L", "-f", family, "-p", "tcp", "--state", "SYN_SENT"]);
    const lines = (await Promise.all([list("ipv4"), list("ipv6")])).flatMap(
      ({ stdout }) => stdout.match(/dport=80 /g) ?? [],
    );
    return lines.length;
  };
  /** How often each outcome occurred, masqueraded or not. */
  const ends = async () => {
    const counts: Record<string, number> = {};
    for (const [outcome, count] of (await Promise.all(outcomes)).flatMap((each) => Object.entries(each))) {
      const end = outcome.replace(" masqueraded", "");
      counts[end] = (counts[end] ?? 0) + count;
    }
    return counts;
  };
  return { count: 10 * calls.length, unanswered, ends };
}

describeWithNode("clients who knock before the rules are there", (start) => {
  test("get in once a load balancer IP is known", async () => {
    const node = await start();
    await loseTheRest(node);
    await node.put(labNodeObject(), ...objects());
    await node.run();
    const { count, unanswered, ends } = await knock(node, loadBalancerIPs);
    await eventually(unanswered, count);
    await node.put(...objects({ loadBalancer: { ingress } }));
    expect(await ends()).toEqual({ "pod1:8080": count });
  });

  test("get in once the agent of a node that boots has synced", async () => {
    const node = await start();
    await loseTheRest(node);
    await node.lab.nft(["-f", "-"], tracking);
    await node.put(labNodeObject(), ...objects({ loadBalancer: { ingress } }));
    const { count, unanswered, ends } = await knock(node, [...clusterIPs, ...loadBalancerIPs]);
    await eventually(unanswered, count);
    await node.run();
    expect(await ends()).toEqual({ "pod1:8080": count });
  });

  test("get in after another program deleted the table, again and again", async () => {
    const node = await start();
    await loseTheRest(node);
    await node.lab.nft(["-f", "-"], tracking);
    await node.put(labNodeObject(), ...objects({ loadBalancer: { ingress } }));
    await node.run();
    await node.untilWatched();
    for (let i = 0; i < 2; i++) {
      // The agent is paused: otherwise no client would be fast enough to connect before the repair.
      process.kill(node.agent.pid, "SIGSTOP");
      await node.lab.nft(["-f", "-"], "delete table ip kube-nft; delete table ip6 kube-nft");
      const { count, unanswered, ends } = await knock(node, [...clusterIPs, ...loadBalancerIPs]);
      await eventually(unanswered, count);
      process.kill(node.agent.pid, "SIGCONT");
      expect(await ends()).toEqual({ "pod1:8080": count });
    }
  });
});
