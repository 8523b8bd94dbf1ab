import { expect, test } from "@jest/globals";
import { addresses, type Place } from "../lab/world.ts";
import { callAll, type Frontend, outcomes } from "../packets/sticky.ts";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const all: readonly Place[] = ["pod1", "pod2", "pod3", "pod5", "pod6", "pod7"];

describeWithNode("a sticky client", (start) => {
  test("keeps its endpoint over a restart and a kill, and moves when the endpoint is gone", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10, { sessionAffinity: "ClientIP" }), slice("web", all));
    await node.run();
    const first = await node.reach(web);
    expect(await node.answerers(web)).toEqual([first]);
    const pod = all.find((each) => first.startsWith(`${each}:`)) ?? "pod1";
    const others = all.filter((each) => each !== pod);

    const connection = await node.lab.open({ ...web, patience: 5000 });
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await node.agent.end(signal);
      await node.put(slice("web", signal === "SIGTERM" ? [...all, "pod8"] : all));
      await node.run();
      await node.caughtUp();
      expect(await node.answerers(web)).toEqual([first]);
      expect(await connection.again()).toEqual(connection.outcome);
    }
    await connection.hangUp();

    await node.putSynced(slice("web", others));
    const [second, ...more] = await node.answerers(web);
    expect(more).toEqual([]);
    expect(second).not.toBe(first);
    expect(await node.answerers(web)).toEqual([second]);
  });

  // A datagram is not retransmitted: a client that gets an answer has lost none.
  test("loses no packet after the kernel has forgotten an endpoint, even one whose packets would have been lost", async () => {
    const node = await start();
    const pods: readonly Place[] = ["pod5", "pod6", "pod7"];
    const sticky = { sessionAffinity: "ClientIP", ports };
    await node.put(labNodeObject(), service("web", 10, sticky), slice("web", pods, { ports: slicePorts }));
    await node.run();
    const calls = async () => (await callAll(node.lab, frontends)).flatMap(outcomes);
    const ofNode = () => node.reach({ ...web, from: "node" });
    const remembers = async (address: string) => {
      const maps = ["affinity-tcp", "affinity-udp"].map((map) => node.lab.nft(["list", "map", "ip", "kube-nft", map]));
      return (await Promise.all(maps)).some(({ stdout }) => stdout.includes(address));
    };
    await calls();
    const first = await ofNode();
    const gone = pods.find((each) => first.startsWith(`${each}:`)) ?? "pod5";
    const [address = ""] = addresses[gone];
    const left = pods.filter((each) => each !== gone);
    await node.lab.run("node", ["ip", "route", "add", "blackhole", address]);
    try {
      await node.put(slice("web", left, { ports: slicePorts }));
      await eventually(() => remembers(address), false);
      expect(await ofNode()).toMatch(new RegExp(`^(${left.join("|")}):`));
      for (const outcome of await calls()) expect(outcome).toMatch(new RegExp(`^(${left.join("|")}):`));
    } finally {
      await node.lab.run("node", ["ip", "route", "del", "blackhole", address]);
    }

    await node.agent.end("SIGTERM");
    const [kept = "pod5", ...others] = left;
    await node.put(slice("web", [kept], { ports: slicePorts }));
    await node.run();
    for (const each of others) await eventually(() => remembers(addresses[each][0] ?? ""), false);
    for (const outcome of await calls()) expect(outcome).toMatch(new RegExp(`^${kept}:`));

    const other = service("other", 11, sticky);
    await node.putSynced(other, slice("other", [kept], { ports: slicePorts }));
    await node.api.call("delete", service("web", 10));
    await eventually(() => remembers(" 10.96.0.10 "), false);
  });
});

const ports = [
  { name: "http", port: 80, targetPort: 8080, protocol: "TCP" },
  { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
];
const slicePorts = [
  { name: "http", port: 8080, protocol: "TCP" },
  { name: "dns", port: 53, protocol: "UDP" },
];
const frontends: readonly Frontend[] = [
  { to: "10.96.0.10", port: 80 },
  { to: "10.96.0.10", port: 53, protocol: "udp" },
];
