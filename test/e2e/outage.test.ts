import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

describeWithNode("while the API server is away", (start) => {
  test("nothing is healthy before the first sync, and nothing is written", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.api.call("refuse");
    node.launch();
    await node.untilPage("/healthz", 503);
    await node.agent.line(({ level }) => level === "warn" || level === "error", { what: "that it cannot list" });
    expect((await node.page("/livez")).code).toBe(503);
    expect((await node.lab.nft(["list", "tables"])).stdout).toBe("");
    await node.api.call("accept");
    await node.untilPage("/healthz", 200);
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
  });

  test("for half a minute, the rules stay, and what changed meanwhile arrives", async () => {
    const node = await start({ config: { nftables: { syncPeriod: "5s" } } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.put(service("gone", 11), slice("gone", ["pod2"]));
    await node.run();
    await node.api.call("refuse");
    await node.put(slice("web", ["pod5"]), service("new", 12), slice("new", ["pod3"]));
    await node.api.call("delete", service("gone", 11), slice("gone", []));
    const failed = ({ level, msg }: { readonly level: string; readonly msg: string }) =>
      level === "warn" && msg === "cannot read from the API server";
    const { position } = node.agent;
    await node.agent.line(failed, { from: position, what: "that a watch failed" });
    expect(await node.reach(web)).toBe("pod1:8080 masqueraded");
    const watches = await node.api.call("count", { verb: "watch" });
    await setTimeout(30_000);
    expect(await node.reach({ ...web, to: "10.96.0.11" })).toBe("pod2:8080 masqueraded");
    for (const page of ["/healthz", "/livez"]) {
      const { code, body } = await node.page(page);
      const watches = { healthy: false, failing: ["readyz"] };
      expect([code, JSON.parse(body)]).toMatchObject([200, { healthy: true, watches }]);
    }
    await node.api.call("accept");
    await node.caughtUp();
    // One request found that it is back, and each watch continued from its version.
    await node.api.call("untilWatches", 5);
    expect(await node.api.call("count", { verb: "watch" })).toBe(watches + 5);
    const failures = node.agent.lines("cannot read from the API server");
    expect(new Set(failures.map((line) => line["resource"]))).toEqual(new Set(["readyz"]));
    expect(JSON.parse((await node.page("/livez")).body)).not.toHaveProperty("watches");
    expect(await node.reach(web)).toBe("pod5:8080 masqueraded");
    expect(await node.reach({ ...web, to: "10.96.0.12" })).toBe("pod3:8080 masqueraded");
    expect((await node.page("/healthz")).code).toBe(200);

    await node.api.call("cut");
    await node.putSynced(slice("web", ["pod2"]));
    await node.api.call("compact");
    await node.api.call("cut");
    await node.putSynced(slice("web", ["pod3"]));
    // New requests get no answer; open watches still receive changes.
    await node.api.call("fail", { kind: "status", code: 503 }, 8);
    await node.api.call("endWatches");
    await node.putSynced(slice("web", ["pod6"]));
    expect(await node.reach(web)).toBe("pod6:8080 masqueraded");
  });
});
