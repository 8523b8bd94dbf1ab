import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

describeWithNode("the end of the agent", (start) => {
  test("after SIGTERM it exits with code 0, and the rules stay", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    const connection = await node.lab.open({ from: "pod2", to: "10.96.0.10", port: 80, patience: 5000 });
    const rules = await node.lab.nft(["list", "ruleset"]);
    expect(await node.agent.end("SIGTERM")).toMatchObject({ code: 0 });
    expect(node.agent.log.at(-1)?.msg).toBe("stopped; the rules stay");
    const counters = /counter packets \d+ bytes \d+/g;
    expect((await node.lab.nft(["list", "ruleset"])).stdout.replace(counters, "")).toBe(
      rules.stdout.replace(counters, ""),
    );
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod1:8080 masqueraded");
    expect(await connection.again()).toEqual(connection.outcome);
    await connection.hangUp();
  });

  test("SIGTERM lets a round in progress finish", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.nft.behave({ kind: "waits" });
    await node.put(slice("web", ["pod2"]));
    await eventually(async () => existsSync(node.nft.began), true);
    const ended = node.agent.end("SIGTERM");
    await node.nft.proceed();
    expect(await ended).toMatchObject({ code: 0 });
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80 })).toBe("pod2:8080 masqueraded");
  });

  test("after SIGTERM it exits even while the API server is away, and while nft hangs", async () => {
    const node = await start();
    await node.put(labNodeObject());
    await node.api.call("refuse");
    const waiting = node.launch();
    await node.untilPage("/healthz", 503);
    expect(await waiting.end("SIGTERM")).toMatchObject({ code: 0 });
    await node.api.call("accept");
    await node.run();
    await node.nft.behave({ kind: "hangs" });
    await node.put(service("web", 10), slice("web", ["pod1"]));
    await eventually(async () => existsSync(node.nft.began), true);
    expect((await node.agent.end("SIGTERM")).signal).toBeUndefined();
  });

  test("SIGKILL during a large transaction leaves what the next agent can take over", async () => {
    const node = await start({ cluster: ["--services", "2000", "--endpoints", "10"] });
    await node.put(labNodeObject());
    for (const [, delay] of [0, 100, 300].entries()) {
      await node.nft.behave({ kind: "tells" });
      const agent = node.launch();
      await eventually(async () => existsSync(node.nft.began), true);
      await new Promise((resolve) => setTimeout(resolve, delay));
      expect(await agent.end("SIGKILL")).toMatchObject({ signal: "SIGKILL" });
      await node.nft.proceed();
    }
    await node.nft.behave({ kind: "works" });
    await node.put(service("web", 3), slice("web", ["pod1"]));
    node.launch();
    await node.caughtUp();
    expect(await node.reach({ from: "client", to: "10.96.0.3", port: 80 })).toBe("pod1:8080 masqueraded");
  });
});
