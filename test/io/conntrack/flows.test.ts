import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "@jest/globals";
import { compile } from "../../../src/compile/compile.ts";
import { planService } from "../../../src/compile/plan/service-plan.ts";
import { ConntrackReconciler } from "../../../src/daemon/follow/conntrack.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { conntrack } from "../../../src/io/conntrack/conntrack.ts";
import { systemClock } from "../../../src/io/host/clock.ts";
import { readFormerFrontends } from "../../../src/io/nft/previous-frontends.ts";
import { address, type Family, families } from "../../../src/model/address.ts";
import type { Cluster } from "../../../src/model/cluster.ts";
import { printRuleset } from "../../../src/nft/print-ruleset.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const metadata = { namespace: "default", name: "dns" };

const places = {
  ip: { client: "10.1.0.1", service: "10.96.0.10", endpoints: ["10.1.0.2", "10.1.0.3"], prefix: 32 },
  ip6: { client: "fd00::1", service: "fd00:96::a", endpoints: ["fd00::2", "fd00::3"], prefix: 128 },
} as const;

/** The Service with these endpoints; undefined: without the Service. */
function cluster(family: Family, endpoints: readonly string[] | undefined): Cluster {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "NodePort",
      clusterIPs: [places[family].service],
      ports: [{ name: "dns", protocol: "UDP", port: 53, nodePort: 30053 }],
    },
  };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...metadata, labels: { "kubernetes.io/service-name": "dns" } },
    addressType: family === "ip" ? "IPv4" : "IPv6",
    ports: [{ name: "dns", protocol: "UDP", port: 5353 }],
    endpoints: (endpoints ?? []).map((ip) => ({ addresses: [ip], conditions: { ready: true, serving: true } })),
  };
  const objects = endpoints === undefined ? [] : [service, slice];
  return decodeCluster(objects.map((object) => ({ object }))).cluster;
}

/** A node in a namespace, with its rules, its reconciler, and a client that keeps its port. */
async function scene(family: Family, askNodePort: boolean) {
  const namespace = await NetNamespace.start();
  const { client, service, endpoints, prefix } = places[family];
  const nodeIPs = [address(client)].filter((each) => each !== undefined);
  for (const ip of [client, ...endpoints]) {
    await namespace.must([
      "ip",
      "address",
      "add",
      `${ip}/${prefix}`,
      "dev",
      "lo",
      ...(family === "ip6" ? ["nodad"] : []),
    ]);
  }
  const nodePortAddresses = { any: false, addresses: nodeIPs };
  const own = { ...settings.families[family], nodePortAddresses };
  const load = async (state: Cluster) => {
    const { ruleset } = compile(state, { ...settings, families: { ...settings.families, [family]: own } });
    await namespace.must(["nft", "-f", "-"], `flush ruleset; ${printRuleset(ruleset)}`);
  };
  const asked = askNodePort ? `${client},30053` : `${service},53`;
  const script = fileURLToPath(new URL("../../support/udp-talk.ts", import.meta.url));
  const [nsenter = "", ...enter] = namespace.enter;
  const talk = () => {
    const servers = endpoints.map((ip) => `${ip},5353`);
    const args = [...enter, process.execPath, "--disable-warning=ExperimentalWarning", script];
    const child = spawn(nsenter, [...args, `${client},4000`, asked, ...servers], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const heard: { readonly from: string; readonly at: number }[] = [];
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (text: string) => {
      for (const from of text.trim().split("\n")) heard.push({ from, at: performance.now() });
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const hangUp = () => {
      child.kill();
      return ended;
    };
    return { heard, hangUp };
  };
  const start = () => {
    const abort = new AbortController();
    const failures: unknown[] = [];
    const reconciler = new ConntrackReconciler({
      family,
      conntrack,
      clock: systemClock,
      random: Math.random,
      events: { flowsCleaned: () => {}, flowsFailed: (_, error) => failures.push(error) },
    });
    reconciler.setNodePortAddresses(nodeIPs);
    const ended = reconciler.run(abort.signal);
    const stop = async () => {
      abort.abort();
      await ended;
      expect(failures).toEqual([]);
    };
    return { reconciler, stop };
  };
  return { namespace, load, talk, start, endpoints };
}

function follow(reconciler: ConntrackReconciler, { services, endpointSlices }: Cluster): void {
  const [service] = services;
  const family = service?.clusterIPs[0]?.includes(":") ? "ip6" : "ip";
  reconciler.setService("default/dns", service && planService(service, endpointSlices, family, settings));
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!isSo()) throw new Error(`not within 5 s: ${what}`);
}

for (const family of families) {
  for (const askNodePort of [false, true]) {
    const frontend = `${family}, ${askNodePort ? "nodePort" : "clusterIP"}`;
    rootTest(`W-06 a UDP client that keeps its port moves to a live endpoint within 1 s: ${frontend}`, async () => {
      const { namespace, load, talk, start, endpoints } = await scene(family, askNodePort);
      const [first = "", second = ""] = endpoints;
      const states = [[first], [second], []].map((each) => cluster(family, each));
      const { heard, hangUp } = talk();
      await namespace.withPrograms(["socat"], async () => {
        const { reconciler, stop } = start();
        const change = async (state: Cluster) => {
          await load(state);
          follow(reconciler, state);
        };
        const [one, two, none] = states;
        if (!one || !two || !none) throw new Error("no states");
        await change(one);
        await until("the first endpoint", () => heard.at(-1)?.from === first);
        await change(two);
        const began = performance.now();
        await until("the second endpoint", () => heard.at(-1)?.from === second);
        expect(performance.now() - began).toBeLessThan(1000);
        await change(none);
        await new Promise((resolve) => setTimeout(resolve, 500));
        const [count, now] = [heard.length, performance.now()];
        await new Promise((resolve) => setTimeout(resolve, 200));
        expect([count, now > (heard.at(-1)?.at ?? 0)]).toEqual([heard.length, true]);
        await change(one);
        await until("the first endpoint again", () => heard.at(-1)?.from === first);
        await stop();
      });
      await hangUp();
      await namespace.close();
    });
  }
}

rootTest("W-06 flows of a Service that was deleted while no agent ran go, too, and others stay", async () => {
  const { namespace, load, talk, start, endpoints } = await scene("ip", false);
  const { heard, hangUp } = talk();
  await namespace.withPrograms(["nft", "socat"], async () => {
    await load(cluster("ip", [endpoints[0]]));
    await until("an answer", () => heard.length > 0);
    const former = await readFormerFrontends("ip");
    expect(former).toEqual([
      { frontend: "10.96.0.10 53", endpoint: "10.1.0.2 5353" },
      { frontend: "30053", endpoint: "10.1.0.2 5353" },
    ]);
    await load(cluster("ip", undefined));
    const { reconciler, stop } = start();
    await namespace.must(["socat", "-u", "-", "udp4-sendto:10.1.0.2:5353,sourceport=5000"], "x");
    reconciler.addFormer(former);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const count = heard.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard.length).toBe(count);
    const flows = await namespace.must(["conntrack", "-L", "-p", "udp"]);
    expect(flows).toContain("dst=10.1.0.2 sport=5000");
    expect(flows).not.toContain("sport=5353 dport=4000");
    await stop();
  });
  await hangUp();
  expect(await readFormerFrontends("ip")).toEqual([]);
  await namespace.close();
});
