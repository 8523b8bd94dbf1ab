import { setTimeout } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { RecentRound, Status } from "../../src/ask/status/status.ts";
import { missingIn } from "../deploy/queries.ts";
import { eventually } from "../support/eventually.ts";
import { conforming } from "../support/output-schema.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

async function status(node: Node): Promise<Status> {
  const { stdout } = await node.kubeNFT(["status", "-o", "json"]);
  conforming("status", stdout);
  return JSON.parse(stdout);
}

/** On a busy machine, slow commands report their progress. */
function withoutProgress<T extends { readonly stderr: string }>(ran: T): T {
  return { ...ran, stderr: ran.stderr.replace(/^.* so far \.\.\.\n/gm, "") };
}

describeWithNode("status", (start) => {
  test("says that there is no agent, and shows the state of one", async () => {
    const node = await start();
    expect(await node.kubeNFT(["status"])).toEqual({
      stdout: "",
      stderr: "kube-nft: no agent runs here: nothing listens on the socket @kube-nft of this network namespace",
      exitCode: 2,
    });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    const { stdout, stderr, exitCode } = await node.kubeNFT(["status"]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(stdout).toMatch(/^agent +healthy, kube-nft \S+, started \d+ s ago$/m);
    expect(stdout).toMatch(/^table ip +up to date, the kernel is as desired/m);
    expect(stdout).not.toContain("warning");
    expect(await status(node)).toMatchObject({ code: 200, warnings: [], services: { count: 1, endpoints: 1 } });
    await node.reach({ from: "client", to: "10.96.0.10", port: 80 });
    expect((await node.kubeNFT(["status", "--services"])).stdout).toMatch(
      /NEW CONNECTIONS +REFUSED +DROPPED\n(.*\n)*default\/web +10\.96\.0\.10 port 80\/tcp +1\/1 +served +[1-9]\d* +0 +0$/m,
    );
    const flows = await node.kubeNFT(["flows"]);
    expect(flows).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("default/web") });
    expect(conforming("flows", (await node.kubeNFT(["flows", "-o", "json"])).stdout)).toHaveLength(1);
    expect(
      conforming("status --services", (await node.kubeNFT(["status", "--services", "-o", "json"])).stdout),
    ).toEqual([expect.objectContaining({ service: "default/web", state: "served", used: 1 })]);
    conforming("status --dump", (await node.kubeNFT(["status", "--dump", "-o", "json"])).stdout);
    conforming("doctor", (await node.kubeNFT(["doctor", "-o", "json"])).stdout);
  });

  test("is served over loopback only, however open the metrics port is", async () => {
    const node = await start({ config: { metricsBindAddress: "0.0.0.0:10249" } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    expect(await node.page("/status.json", 10249)).toMatchObject({ code: 200 });
    const host = (await status(node)).node.addresses[0] ?? "";
    for (const from of ["node", "client"] as const) {
      expect(await node.page("/metrics", 10249, host, from)).toMatchObject({ code: 200 });
      expect(await node.page("/status.json", 10249, host, from)).toEqual({
        code: 403,
        body: "this page is served over the loopback address only",
      });
    }
  });

  test("and explain and verify get the same answers from the agent as from the cluster", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1", "pod5"]), service("empty", 12));
    await node.run();
    const cluster = [
      "--kubeconfig",
      node.kubeconfig,
      "--config",
      `${node.folder}/config.yaml`,
      "--node-name",
      "node-1",
      "--counters",
    ];
    const questions = [
      ["explain", "web"],
      ["explain", "empty"],
      ["explain", "web", "80", "-o", "json"],
      ["explain", "wbe"],
      ["explain", "web", "nonsense"],
      ["explain", "--from", "pod", "--to", "10.96.0.10:80"],
      ["explain", "--from", "node", "--to", "10.96.0.12:80"],
      ["explain", "--from", "outside", "--to", "10.96.0.12:81"],
      ["explain", "--from", "nobody", "--to", "10.96.0.12:80"],
      ["verify", "--kernel"],
    ];
    for (const question of questions) {
      const [agent, api] = await Promise.all([node.kubeNFT(question), node.kubeNFT([...question, ...cluster])]);
      expect({ question, ...withoutProgress(agent) }).toEqual({ question, ...withoutProgress(api) });
    }
  });

  test("shows what nft refuses, and the consequences", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.put(service("poisoned", 66), slice("poisoned", ["pod3"]), service("empty", 12));
    await node.nft.behave({ kind: "refuses", text: "10.96.0.66" });
    node.launch();
    await node.agent.logged("nft refused a Service; it is set aside");
    await node.untilPage("/healthz", 200);
    const { stdout, exitCode } = await node.kubeNFT(["status"]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^warning: Service default\/poisoned is set aside in table ip: nft failed/m),
    });
    const explained = await node.kubeNFT(["explain", "poisoned"]);
    expect(explained).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining("error: default/poisoned (IPv4) is set aside: nft failed"),
    });
    expect((await node.kubeNFT(["status", "--services"])).stdout).toMatch(
      /^SERVICE +(FAMILY +)?FRONTEND.*\n(.*\n)*default\/poisoned .*set aside/m,
    );
    expect(await node.kubeNFT(["verify", "--kernel"])).toMatchObject({ exitCode: 0 });
    await node.reach({ from: "client", to: "10.96.0.12", port: 80 });
    await eventually(async () => missingIn((await node.page("/metrics", 10249)).body).join("\n"), "");
  });

  test("says in its exit code and in warnings that the node is not healthy, and why", async () => {
    const node = await start({ config: { nftables: { syncPeriod: "1s", minSyncPeriod: "0s" } } });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.api.call("delete", labNodeObject());
    await node.untilPage("/healthz", 503);
    expect(await node.kubeNFT(["status"])).toEqual({
      exitCode: 1,
      stderr: "",
      stdout: expect.stringMatching(
        /^agent +NOT HEALTHY, .*\n(.*\n)*warning: load balancers are told not to use this node: no Node$/,
      ),
    });
    await node.nft.behave({ kind: "fails", times: 1_000_000 });
    await node.put(labNodeObject(), slice("web", ["pod2"]));
    await eventually(async () => (await status(node)).tables[0]?.isHealthy, false);
    const { stdout, exitCode } = await node.kubeNFT(["status"]);
    expect({ stdout, exitCode }).toEqual({
      exitCode: 1,
      stdout: expect.stringMatching(/^table ip +NOT up to date(.*\n)*warning: table ip is not up to date: /m),
    });
    expect(await node.kubeNFT(["status", "-o", "json"])).toMatchObject({ exitCode: 1 });
    await node.nft.behave({ kind: "works" });
    await node.untilPage("/healthz", 200);
    expect(await node.kubeNFT(["status"])).toMatchObject({ exitCode: 0 });
  });

  test("lists what each round changed, as diff prints it", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.putSynced(slice("web", ["pod5"]));
    const rounds: readonly RecentRound[] = JSON.parse((await node.page("/rounds.json", 10249)).body);
    expect(rounds.at(-1)).toMatchObject({ kind: "full", causes: expect.arrayContaining(["start"]) });
    expect(rounds.find(({ changes }) => changes.length > 0)).toMatchObject({
      family: "ip",
      kind: "partial",
      causes: ["EndpointSlice"],
      services: 1,
      changes: ["default/web  + 10.244.2.11:8080  - 10.244.1.11:8080"],
      moreServices: 0,
    });
  });

  test("warns when the API server has been away for a minute, and is healthy all the same", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.api.call("refuse");
    await eventually(async () => (await status(node)).apiServer.failure !== undefined, true);
    expect(await status(node)).toMatchObject({ code: 200, warnings: [] });
    // The agent can answer from what it stores.
    expect(await node.kubeNFT(["explain", "web"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("10.244.1.11 port 8080"),
      stderr: "the API server does not answer now: names of pods and zones are missing",
    });
    await setTimeout(60_000);
    const { stdout, exitCode } = await node.kubeNFT(["status"]);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^warning: https:\S+ has not answered for \d+ s: /m),
    });
    await node.api.call("accept");
    await eventually(async () => (await status(node)).warnings.length, 0);
    expect((await status(node)).apiServer.watches.map(({ state }) => state)).toEqual(Array(5).fill("watching"));
  });

  test("names the program that changed the tables", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    await node.run();
    await node.untilWatched();
    await node.lab.nft(["flush", "ruleset"]);
    await eventually(async () => (await status(node)).drift.count, 2);
    const { drift } = await status(node);
    const rounds: readonly RecentRound[] = JSON.parse((await node.page("/rounds.json", 10249)).body);
    expect(rounds.find(({ causes }) => causes.includes("drift"))?.drift?.pid).toBe(drift.last?.pid);
    expect(drift.last?.program).toMatch(/^(nft|ld-linux.*)$/);
    expect((await node.kubeNFT(["status"])).stdout).toMatch(
      /^drift +2 times, last \d+ s ago by (nft|ld-linux\S*) \(pid \d+\)/m,
    );
  });
});
