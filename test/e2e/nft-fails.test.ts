import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;
const impatient = { config: { nftables: { syncPeriod: "1s", minSyncPeriod: "0s" } } };

describeWithNode("an nft", (start) => {
  test("that fails once is retried at once", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.nft.behave({ kind: "fails", times: 1 });
    await node.putSynced(slice("web", ["pod2"]));
    expect(node.agent.lines("sync failed")).toHaveLength(1);
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
  });

  test("that always fails makes the node unhealthy after two syncPeriods, until it works", async () => {
    const node = await start(impatient);
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.untilPage("/healthz", 200);
    await node.nft.behave({ kind: "fails", times: 1_000_000 });
    const changed = Date.now();
    await node.put(slice("web", ["pod2"]));
    const { currentTime } = JSON.parse((await node.untilPage("/healthz", 503)).body);
    expect(Date.parse(currentTime) - changed).toBeGreaterThanOrEqual(2000);
    expect(node.agent.lines("sync failed").length).toBeGreaterThan(0);
    expect((await node.page("/livez")).code).toBe(503);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.nft.behave({ kind: "works" });
    await node.untilPage("/healthz", 200);
    await node.caughtUp();
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
  });

  test("that hangs makes the node unhealthy, and the rules stay", async () => {
    const node = await start(impatient);
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.nft.behave({ kind: "hangs" });
    await node.put(slice("web", ["pod2"]));
    await node.untilPage("/healthz", 503);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
  });

  test("that refuses a Service leaves all others served, and takes it back once it can", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.put(service("poisoned", 66), slice("poisoned", ["pod3"]));
    await node.nft.behave({ kind: "refuses", text: "10.96.0.66" });
    node.launch();
    const refused = await node.agent.logged("nft refused a Service; it is set aside");
    expect(refused).toMatchObject({ level: "error", service: "default/poisoned" });
    await node.untilPage("/healthz", 200);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.put(slice("web", ["pod2"]), service("other", 12), slice("other", ["pod5"]));
    await node.agent.line(({ msg, family, services }) => msg === "synced" && family === "ip" && services !== 0, {
      from: node.agent.position,
    });
    await node.nft.behave({ kind: "works" });
    await node.putSynced(slice("poisoned", ["pod6"]));
    expect(node.agent.lines("a Service that was set aside is served again").length).toBeGreaterThan(0);
    expect(await node.reach({ ...web, to: "10.96.0.66" })).toBe("pod6:8080 masqueraded");
    expect(await node.reach({ ...web, to: "10.96.0.12" })).toBe("pod5:8080 masqueraded");
    expect(await node.reach(web)).toBe("pod2:8080 masqueraded");
  });

  test("that cannot look up source ranges closes Services that have them, and everything else is served", async () => {
    const node = await start();
    const ranges = { type: "LoadBalancer", loadBalancerSourceRanges: ["0.0.0.0/1", "128.0.0.0/1"] };
    const load = service("load", 12, ranges);
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), slice("load", ["pod2"]));
    await node.put({ ...load, status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } } });
    await node.nft.behave({ kind: "refuses", text: "allowed-sources" });
    const agent = await node.run();
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    expect(await node.reach({ ...web, to: "10.96.0.12" })).toBe("pod2:8080 masqueraded");
    expect(await node.reach({ ...web, to: "203.0.113.1", patience: 500 })).toBe("dropped");
    const [lack] = agent.lines("this host does not support everything that Services may need");
    expect(lack?.["problem"]).toMatch(/^IPv4: load balancer IPs with source ranges are closed: /);
    expect(JSON.stringify(agent.lines("a Service cannot be served as specified"))).toContain(
      "this host cannot check them",
    );
    expect(agent.lines("sync failed")).toEqual([]);
  });

  test("that refuses a Service without saying which leaves all others served", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.put(service("poisoned", 66), slice("poisoned", ["pod3"]));
    await node.nft.behave({ kind: "refuses", text: "10.96.0.66", isMute: true });
    node.launch();
    const refused = await node.agent.logged("nft refused a Service; it is set aside");
    expect(refused).toMatchObject({ level: "error", service: "default/poisoned" });
    await node.untilPage("/healthz", 200);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.nft.behave({ kind: "works" });
    await node.agent.logged("a Service that was set aside is served again");
    expect(await node.reach({ ...web, to: "10.96.0.66" })).toBe("pod3:8080 masqueraded");
  });

  test("that refuses something that belongs to no Service leaves it out, and all Services are served", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.nft.behave({ kind: "refuses", text: "rule ip kube-nft cluster-ips-check", isMute: true });
    node.launch();
    const message =
      "nft refused something that belongs to no Service; it is left out, and the rest of the table is kept up to date";
    expect(await node.agent.logged(message)).toMatchObject({ family: "ip", part: "chain cluster-ips-check" });
    await node.untilPage("/healthz", 200);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    await node.put(slice("web", ["pod2"]));
    await eventually(() => node.reach(web), "pod2:8080 masqueraded");
    expect(node.agent.lines("sync failed")).toEqual([]);
    await node.nft.behave({ kind: "works" });
    await node.agent.logged("what was left out of the table is back in it");
  });

  test("that hangs on a Service leaves all others served, and their changes do not wait for it again", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.nft.behave({ kind: "hangs", on: "10.96.0.66" });
    await node.put(service("poisoned", 66), slice("poisoned", ["pod3"]), slice("web", ["pod2"]));
    await node.put(service("other", 12), slice("other", ["pod5"]));
    const late = await node.agent.logged("nft takes too long for a Service; it is set aside");
    expect(late).toMatchObject({ level: "error", service: "default/poisoned" });
    await eventually(() => node.reach(web), "pod2:8080 masqueraded");
    await eventually(() => node.reach({ ...web, to: "10.96.0.12" }), "pod5:8080 masqueraded");
    await node.nft.proceed();
    await node.put(slice("poisoned", ["pod6"]), slice("web", ["pod1"]));
    await eventually(() => node.reach(web), "pod1:8080 masqueraded");
    expect(existsSync(node.nft.began)).toBe(false);
    await node.untilPage("/healthz", 200);
    await node.nft.behave({ kind: "works" });
    await node.agent.logged("a Service that was set aside is served again");
    expect(await node.reach({ ...web, to: "10.96.0.66" })).toBe("pod6:8080 masqueraded");
  });
});
