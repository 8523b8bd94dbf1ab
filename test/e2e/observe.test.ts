import { spawn } from "node:child_process";
import { expect, test } from "@jest/globals";
import type { Status } from "../../src/ask/status/status.ts";
import { addresses } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode, imageNft } from "./with-node.ts";

/** What kube-proxy's nftables mode might have. */
const other = `table ip kube-proxy {
  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { 10.96.0.10 . tcp . 80 : goto service-web }
  }
  chain service-web { meta l4proto tcp dnat to 10.244.1.11:8080; }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
}`;

type Monitor = {
  /** Makes a table of this name, and resolves with the number of the generation that has it first. */
  readonly generation: (name: string) => Promise<number>;
  readonly end: () => void;
};

/** The generations of the node's rules, as `nft monitor` tells of them. */
async function monitor(node: Node): Promise<Monitor> {
  const [program = "", ...args] = [...node.lab.enter("node"), imageNft().path, "monitor"];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  // It does not say when it begins to listen.
  await eventually(async () => {
    await node.lab.nft(["-f", "-"], "add table ip knock; delete table ip knock\n");
    return text !== "";
  }, true);
  const generation = async (name: string) => {
    await node.lab.nft(["add", "table", "ip", name]);
    const found = () => new RegExp(`add table ip ${name}\\n# new generation (\\d+) `).exec(text)?.[1];
    await eventually(async () => found() !== undefined, true);
    return Number(found());
  };
  return { generation, end: () => void child.kill("SIGKILL") };
}

const planned = "planned, and wrote nothing";
const withoutCapabilities = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"];
const ports = [{ port: 80, nodePort: 30080 }];
const local = { type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 31999, ports };

const here = [{ addresses: [addresses.pod1[0]], nodeName: "node-1" }];

async function conntrackSysctls(node: Node): Promise<string> {
  return (await node.lab.run("node", ["sysctl", "-a", "--pattern", "nf_conntrack_(max|tcp|udp)"])).stdout;
}

async function status(node: Node): Promise<Status> {
  return JSON.parse((await node.kubeNFT(["status", "-o", "json"])).stdout);
}

describeWithNode("an agent that only observes", (start) => {
  test("beside another proxy changes nothing, and tells what it would", async () => {
    const node = await start({ config: { nodePortAddresses: ["primary", "localhost"] } });
    expect((await node.lab.nft(["-f", "-"], other)).stderr).toBe("");
    await node.put(labNodeObject(), service("web", 10, local), slice("web", ["pod1"], { endpoints: here }));
    const { generation, end } = await monitor(node);
    try {
      const first = await generation("first");
      const before = (await node.lab.nft(["list", "ruleset"])).stdout;
      const sysctls = await conntrackSysctls(node);
      const flow = ["-p", "udp", "-s", "172.16.0.2", "-d", "10.96.0.10", "--sport", "999", "--dport", "80"];
      await node.lab.run("node", ["conntrack", "-I", ...flow, "-t", "600"]);
      const agent = node.launch({ flags: ["--observe"] });
      for (const family of ["ip", "ip6"]) {
        await agent.line((line) => line.msg === planned && line["family"] === family, { what: `a plan of ${family}` });
      }
      await eventually(async () => (await status(node)).observed?.verified?.differences.length, 0);
      const { observed, code } = await status(node);
      expect(code).toBe(200);
      expect(observed?.tables.map(({ family, isThere }) => ({ family, isThere }))).toEqual([
        { family: "ip", isThere: false },
        { family: "ip6", isThere: false },
      ]);
      expect(observed?.tables[0]?.elements).toBeGreaterThan(2);
      const { stdout: said, exitCode } = await node.kubeNFT(["status"]);
      expect({ said, exitCode }).toEqual({
        said: expect.stringMatching(/^agent +healthy and ONLY OBSERVES/),
        exitCode: 0,
      });
      expect(await node.kubeNFT(["explain", "web"])).toMatchObject({ exitCode: 0 });
      expect(await node.page("/healthz", 10356)).toMatchObject({ code: 200 });
      expect((await node.page("/metrics", 10349)).body).toMatch(/^kube_nft_observing 1$/m);
      expect((await node.page("/metrics", 10349)).body).toMatch(
        /^kube_nft_observed_changes\{ip_family="IPv4",part="element"\} [1-9]/m,
      );
      for (const port of [10256, 10249, 31999, 30080]) expect((await node.page("/", port)).code).toBe(0);

      // A change of the cluster is a round, too.
      const from = agent.position;
      await node.put(slice("web", ["pod2"], { endpoints: [] }));
      await agent.line((line) => line.msg === planned && line["family"] === "ip", { from, what: "another plan" });
      await agent.end("SIGTERM");

      // Without any capability, it cannot even look at tables, and tells the same.
      const bare = node.launch({ flags: ["--observe"], through: withoutCapabilities });
      await bare.line((line) => line.msg === planned, { what: "a plan" });
      await eventually(async () => (await status(node)).observed?.verified?.differences.length, 0);
      expect((await status(node)).code).toBe(200);
      await bare.end("SIGTERM");

      const flows = await node.lab.run("node", ["conntrack", "-L", ...flow]);
      expect(flows.stdout).toContain("dport=80");
      expect(await conntrackSysctls(node)).toBe(sysctls);
      expect(JSON.stringify(await node.api.call("all", "events"))).toBe("[]");
      expect((await node.lab.nft(["list", "ruleset"])).stdout).toBe(before);
      expect(await generation("last")).toBe(first + 1);
    } finally {
      end();
    }
  });
});
