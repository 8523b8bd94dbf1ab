import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** The API server's Events, in words, in alphabetical order. */
async function events(node: Node): Promise<string> {
  const all = (await node.api.call("all", "events")) as unknown as readonly {
    readonly type: string;
    readonly reason: string;
    readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  }[];
  const lines = all.map(
    ({ type, reason, regarding: { kind, name, uid } }) => `${type} ${reason} ${kind} ${name} ${uid}`,
  );
  return lines.sort().join("\n");
}

const load = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 10249 };

describeWithNode("Events", (start) => {
  test("report what an operator must see, where kubectl describe looks for it", async () => {
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249", healthzBindAddress: "0.0.0.0:10249" } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.put({
      ...service("younger", 10),
      metadata: { name: "younger", namespace: "default", uid: "uid-younger" },
    });
    await node.put({ ...service("bad", 66), metadata: { name: "bad", namespace: "default", uid: "uid-bad" } });
    await node.put(slice("bad", ["pod3"]));
    const ports = [{ port: 80, nodePort: 30080 }];
    await node.put({
      ...service("load", 12, { ...load, ports }),
      metadata: { name: "load", namespace: "default", uid: "uid-load" },
    });
    await node.nft.behave({ kind: "refuses", text: "10.96.0.66" });
    await node.run();
    const expected = [
      "Normal Starting Node node-1 node-1",
      "Warning FailedToStartMetricServer Node node-1 node-1",
      "Warning FailedToStartServiceHealthcheck Service load uid-load",
      "Warning FrontendConflict Service younger uid-younger",
      "Warning SetAside Service bad uid-bad",
    ];
    await eventually(() => events(node), expected.join("\n"));
  });

  test("report what cannot be served as specified, when it begins and when it ends", async () => {
    const node = await start();
    const ports = [{ port: 80, nodePort: 30080 }];
    const balanced = (ranges: readonly string[]) => ({
      ...service("load", 12, { type: "LoadBalancer", loadBalancerSourceRanges: ranges, ports }),
      metadata: { name: "load", namespace: "default", uid: "uid-load" },
      status: { loadBalancer: { ingress: [{ ip: "203.0.113.10" }] } },
    });
    await node.put(labNodeObject(), balanced(["2001:db8::/32"]), slice("load", ["pod1"]));
    await node.run();
    const trouble =
      "spec.loadBalancerSourceRanges: has no usable IPv4 range, so its IPv4 load balancer IPs accept no traffic";
    const told = await node.agent.logged("a Service cannot be served as specified");
    expect(told).toMatchObject({ level: "warn", service: "default/load", problems: [trouble], count: 1 });
    const metric = async () => (await node.page("/metrics", 10249)).body.match(/^kube_nft_service_problems .*$/m)?.[0];
    expect(await metric()).toBe("kube_nft_service_problems 1");
    await eventually(
      () => events(node),
      "Normal Starting Node node-1 node-1\nWarning ServiceProblem Service load uid-load",
    );

    await node.putSynced(balanced(["192.0.2.0/24"]));
    await node.agent.logged("a Service can be served as specified again");
    expect(await metric()).toBe("kube_nft_service_problems 0");
  });

  test("about more Services than can be reported at once name each of them once, whatever the number of nodes", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("first", 10), slice("first", ["pod1"]));
    const names = Array.from({ length: 12 }, (_, index) => `late-${String.fromCharCode(97 + index)}`);
    await node.put(...names.map((name) => service(name, 10)));
    await node.run();
    const conflicts = async () => {
      const lines = (await events(node)).split("\n").filter((line) => line.startsWith("Warning FrontendConflict"));
      return lines.map((line) => line.split(" ")[3]).join();
    };
    await eventually(conflicts, names.join());
    // Another agent finds the same, as those of other nodes would.
    await node.agent.end("SIGTERM");
    const before = await node.api.call("count", { verb: "create" });
    await node.run();
    const asked = async () => (await node.api.call("count", { verb: "create" })) >= before + 11;
    await eventually(asked, true);
    expect(await conflicts()).toBe(names.join());

    const told = node.agent.lines("a Service claims a frontend of another Service, and is not served there");
    expect(told).toHaveLength(12);
    expect(told[0]).toMatchObject({ service: "default/late-a", frontend: "10.96.0.10 port 80/tcp", frontends: 1 });
    await node.deleteSynced(service("first", 10));
    // One of them has the frontend now, and the others go on waiting.
    const ended = node.agent.lines("a Service no longer claims a frontend of another Service");
    expect(ended.map(({ service }) => service)).toEqual(["default/late-a"]);
  }, 120_000);

  test("report a port because of which the agent exits", async () => {
    const taken = { metricsBindAddress: "0.0.0.0:10249", healthzBindAddress: "0.0.0.0:10249" };
    const node = await start({ config: { ...taken, bindAddressHardFail: true } });
    await node.put(labNodeObject());
    const agent = node.launch();
    await agent.line(({ msg }) => msg === "kube-nft: cannot listen on 0.0.0.0 port 10249");
    expect(await agent.end("SIGTERM")).toMatchObject({ code: 2 });
    expect(await events(node)).toBe(
      "Normal Starting Node node-1 node-1\nWarning FailedToStartMetricServer Node node-1 node-1",
    );
  });

  test("that cannot be posted are logged once", async () => {
    const node = await start();
    await node.api.call("forbid", { resource: "events" });
    await node.put(labNodeObject(), service("web", 10), service("late", 10));
    await node.run();
    await node.put(service("later", 10));
    await node.agent.line((line) => line.level === "warn" && line["service"] === "default/later");
    const [told, ...more] = node.agent.lines("cannot post an Event").filter(({ level }) => level === "warn");
    expect(JSON.stringify(told)).toContain("must grant create on events");
    expect(more).toEqual([]);
  });
});
