import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { addresses, type Place } from "../lab/world.ts";
import { builtProgram } from "../support/built.ts";
import { eventually } from "../support/eventually.ts";
import { conforming } from "../support/output-schema.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const families = [
  { name: "IPv4", clusterIP: "10.96.0.10", place: 0, text: (address: string) => address },
  { name: "IPv6", clusterIP: "fd00:10:96::10", place: 1, text: (address: string) => `[${address}]` },
] as const;

const ports = [
  { name: "http", port: 80, nodePort: 30080 },
  { name: "dns", port: 53, protocol: "UDP", nodePort: 30053 },
];
const web = service("web", 10, { type: "NodePort", clusterIPs: families.map(({ clusterIP }) => clusterIP), ports });

function slices(pods: readonly Place[]) {
  return families.map(({ name, place }) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `web-${name.toLowerCase()}`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": "web" },
    },
    addressType: name,
    ports: [
      { name: "http", port: 8080 },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
    endpoints: pods.map((pod) => ({
      addresses: [addresses[pod][place]],
      conditions: { ready: true },
      nodeName: "node-1",
      targetRef: { kind: "Pod", name: `${pod}\u001b[31m` },
    })),
  }));
}

function sources(node: Node): readonly string[] {
  return ["--kubeconfig", node.kubeconfig, "--config", join(node.folder, "config.yaml")];
}

/** The rows of the answer, with one space between their cells. */
async function flows(node: Node, ...args: readonly string[]) {
  const { stdout, exitCode, stderr } = await node.kubeNFT(["flows", ...sources(node), ...args]);
  const [, ...rows] = stdout.trimEnd().split("\n");
  return { rows: rows.map((row) => row.replace(/ +/g, " ").replace(/ \d+[smhd]( |$)/g, " T$1")), exitCode, stderr };
}

describeWithNode("flows", (start) => {
  test("shows clients, their endpoints and their addresses there, and follows new and ended connections", async () => {
    const node = await start();
    await node.put(labNodeObject(), web, ...slices(["pod1"]));
    await node.run();
    await node.lab.run("node", ["sysctl", "-w", "net.netfilter.nf_conntrack_acct=1"]);
    const follower = spawn(
      node.lab.enter("node")[0] ?? "",
      [
        ...node.lab.enter("node").slice(1),
        process.execPath,
        await builtProgram(),
        "flows",
        "--follow",
        ...sources(node),
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let followed = "";
    let said = "";
    follower.stdout.on("data", (text) => {
      followed += text;
    });
    follower.stderr.on("data", (text) => {
      said += text;
    });
    try {
      await eventually(async () => said.includes("following"), true);
      for (const { name, clusterIP, place, text } of families) {
        const [client = ""] = addresses.client.filter((each) => each.includes(":") === (place === 1));
        const pod1 = `${text(addresses.pod1[place] ?? "")}`;
        const held = await node.lab.open({ from: "client", to: clusterIP, port: 80, patience: 5000 });
        const udp = { protocol: "udp", port: 53, to: clusterIP, sourcePort: 20053, patience: 5000 } as const;
        expect(await node.reach({ from: "pod4", ...udp })).toBe("pod1:53");
        const shown = await flows(node, "web");
        expect(shown.exitCode).toBe(0);
        const pod4 = text(addresses.pod4[place] ?? "");
        expect(shown.rows.filter((row) => row.includes(text(clusterIP)))).toEqual([
          expect.stringMatching(
            new RegExp(
              `^${quoted(`default/web:dns ${pod4}:20053 ${text(clusterIP)}:53/udp ${pod1}:53 pod1\\u001b[31m the client answered T `)}\\d+/\\d+ B$`,
            ),
          ),
          expect.stringMatching(
            new RegExp(
              `^${quoted(`default/web:http ${text(client)}:`)}\\d+ ${quoted(`${text(clusterIP)}:80/tcp ${pod1}:8080 pod1\\u001b[31m `)}\\S+:\\d+ ESTABLISHED T \\d+/\\d+ B$`,
            ),
          ),
        ]);
        expect((await flows(node, client, "--stale")).rows).toEqual([]);
        const json = await node.kubeNFT(["flows", ...sources(node), client, "-o", "json"]);
        expect(conforming("flows", json.stdout)).toMatchObject([
          {
            service: "default/web",
            servicePort: "default/web:http",
            protocol: "tcp",
            client: { address: client },
            frontend: { address: clusterIP, port: 80 },
            endpoint: { address: addresses.pod1[place], port: 8080 },
            state: "ESTABLISHED",
            isAnswered: true,
            masqueradedAs: { address: expect.any(String) },
          },
        ]);
        await eventually(
          async () => followed.includes(`-> ${text(clusterIP)}:80/tcp -> ${pod1}:8080 (pod1\\u001b[31m), masq`),
          true,
        );
        await node.lab.run("node", ["conntrack", "-D", "-f", name.toLowerCase(), "-p", "udp"]);
        await eventually(
          async () => followed.includes(`ended  default/web:dns  ${pod4}:20053 -> ${text(clusterIP)}:53/udp`),
          true,
        );
        await held.hangUp();
      }
      expect(followed).not.toContain("\u001b");
      const nodePort = await node.lab.open({ from: "client", to: "192.0.2.10", port: 30080, patience: 5000 });
      expect((await flows(node, "30080")).rows).toEqual([expect.stringContaining("192.0.2.10:30080/tcp")]);
      expect(await node.kubeNFT(["flows", "default/wbe"])).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining("there is no Service default/wbe"),
      });
      const ofAgent = await node.kubeNFT(["flows", "30080"]);
      expect(ofAgent.stdout).toMatch(/ 10\.244\.1\.11:8080 +pod1\\u001b\[31m /);
      await nodePort.hangUp();
    } finally {
      follower.kill();
    }
  });

  test("--stale shows connections to endpoints that are gone, and those that bypass the Service", async () => {
    const node = await start();
    const tracking = "table inet other { chain c { type filter hook forward priority 0; ct state new counter; }; }";
    await node.lab.nft(["-f", "-"], tracking);
    await node.put(labNodeObject(), web, ...slices(["pod1"]));
    const past = await node.lab.open({ from: "client", to: "10.96.0.10", port: 80, patience: 5000 });
    expect((await flows(node, "--stale")).rows).toEqual([
      expect.stringMatching(/^default\/web:http .* none .* it began before the rules, and bypasses them$/),
    ]);
    await past.hangUp();
    await node.run();
    const held = await node.lab.open({ from: "client", to: "10.96.0.10", port: 80, patience: 5000 });
    await node.putSynced(...slices(["pod2"]));
    const { rows, exitCode, stderr } = await flows(node, "default/web", "--stale");
    expect(rows).toContainEqual(
      expect.stringMatching(/10\.244\.1\.11:8080 .* this is no longer an endpoint of the Service$/),
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining("that are stale") });
    await held.hangUp();
  });

  test("reports what it cannot answer", async () => {
    const node = await start();
    await node.put(labNodeObject(), web, ...slices(["pod1"]));
    for (const [which, said] of [
      ["default/wbe", "did you mean default/web?"],
      ["30081", "no Service has the nodePort 30081"],
    ] as const) {
      expect(await flows(node, which)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(said) });
    }
    expect(await flows(node, "203.0.113.99")).toMatchObject({ exitCode: 0, stderr: "0 connections" });
  });
});

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
