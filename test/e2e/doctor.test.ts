import { spawn } from "node:child_process";
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { eventually } from "../support/eventually.ts";
import type { Node } from "./node.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

/** A port that no program of any lab on this machine listens on. */
const nobodys = 4999;

async function doctor(node: Node, ...args: readonly string[]) {
  const sources = ["--kubeconfig", node.kubeconfig, "--config", join(node.folder, "config.yaml")];
  const { stdout, exitCode, stderr } = await node.kubeNFT(["doctor", ...sources, "--kernel", ...args]);
  const errors = stdout.split("\n").filter((line) => line.startsWith("  error: "));
  return { stdout, errors, exitCode, stderr };
}

/** The doctor's findings while something is wrong, which is repaired afterwards. */
async function during(node: Node, wrong: () => Promise<unknown>, right: () => Promise<unknown>): Promise<string> {
  await wrong();
  const { stdout } = await doctor(node);
  await right();
  return stdout;
}

describeWithNode("doctor", (start) => {
  test("finds nothing wrong in a good cluster, and what is wrong on the node", async () => {
    const node = await start();
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]));
    const rules = (text: string) => () => node.lab.nft(["-f", "-"], text);
    const sysctl = (setting: string) => () => node.lab.run("node", ["sysctl", "-w", setting]);
    expect((await doctor(node)).errors).toEqual(["  error: this node has no table kube-nft, and no agent runs"]);
    await node.run();
    const { stdout, ...well } = await doctor(node);
    expect(well).toEqual({
      errors: [],
      exitCode: 0,
      stderr: expect.stringMatching(/^errors: 0, warnings: \d+, notes: \d+$/),
    });
    expect(stdout).not.toContain("rp_filter");

    const closed = "table inet other { chain f { type filter hook forward priority 10; policy drop; }; }";
    expect(await during(node, rules(closed), rules("delete table inet other"))).toContain(
      "  error: table inet other has the chain f at forward with policy drop and no rules\n",
    );
    const firewall = "table ip other { chain i { type filter hook input priority 0; policy drop; accept; }; }";
    expect(await during(node, rules(firewall), rules("delete table ip other"))).toContain(
      "  warning: table ip other has the chain i at input with policy drop and 1 rule\n",
    );
    expect(
      await during(node, sysctl("net.ipv4.conf.lan0.rp_filter=1"), sysctl("net.ipv4.conf.lan0.rp_filter=0")),
    ).toContain("  warning: this node has strict rp_filter (1) on lan0\n");
    expect(await during(node, sysctl("net.ipv4.ip_forward=0"), sysctl("net.ipv4.ip_forward=1"))).toContain(
      "  error: this node does not forward IPv4: net.ipv4.ip_forward is 0\n",
    );
    const leftover = "table ip kube-proxy { chain services { }; }; table ip nat { chain KUBE-SERVICES { }; }";
    expect(await during(node, rules(leftover), rules("delete table ip kube-proxy; delete table ip nat"))).toContain(
      "  error: this node has rules of kube-proxy: table ip kube-proxy, 1 chains of iptables (KUBE-SERVICES)\n",
    );

    const program = join(node.folder, "kube-proxy");
    await copyFile("/bin/sleep", program);
    const [enter = "", ...entering] = node.lab.enter("node");
    const other = spawn(enter, [...entering, program, "600"], { stdio: "ignore" });
    try {
      await eventually(
        async () => (await doctor(node)).stdout.includes("error: this node runs kube-proxy beside"),
        true,
      );
    } finally {
      other.kill();
    }
    await eventually(async () => (await doctor(node)).exitCode, 0);

    const ofAgent = await node.kubeNFT(["doctor"]);
    expect(ofAgent).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("errors: 0") });
    await node.put(slice("web", []));
    const empty = "error: default/web (IPv4) has no endpoints";
    await eventually(async () => (await node.kubeNFT(["doctor"])).stdout.includes(empty), true);
    expect((await node.kubeNFT(["doctor"])).exitCode).toBe(1);
  });

  test("finds endpoints where nothing listens, and connections without an answer", async () => {
    const node = await start();
    const ports = [{ name: "", port: nobodys, protocol: "TCP" }];
    await node.put(
      labNodeObject(),
      service("web", 10),
      slice("web", ["pod1"]),
      service("shut", 11),
      slice("shut", ["pod1"], { ports }),
    );
    await node.run();
    const shut = `  error: default/shut has the endpoint 10.244.1.11 port ${nobodys}/tcp, where`;
    expect(await doctor(node)).toMatchObject({ exitCode: 1, errors: [`${shut} no program listens`] });
    const [enter = "", ...entering] = node.lab.enter("pod1");
    const listener = spawn(enter, [...entering, "socat", "-u", `TCP-LISTEN:${nobodys},bind=127.0.0.1`, "-"], {
      stdio: "ignore",
    });
    try {
      await eventually(
        async () => (await doctor(node)).errors.join(),
        `${shut} a program listens on loopback addresses only`,
      );
    } finally {
      listener.kill();
    }
    expect((await doctor(node, "--connect")).stdout).not.toContain("default/web");

    await node.lab.run(
      "pod1",
      ["nft", "-f", "-"],
      "table ip shut { chain i { type filter hook input priority 0; tcp dport 8080 drop; }; }",
    );
    expect(await node.reach({ from: "client", to: "10.96.0.10", port: 80, patience: 500 })).toBe("dropped");
    await eventually(
      async () =>
        (await doctor(node)).errors.some((line) =>
          line.startsWith("  error: default/web has 1 connection to 10.244.1.11 port 8080/tcp without an answer"),
        ),
      true,
    );
    const silent = (await doctor(node, "--connect", "-o", "json")).stdout;
    expect(JSON.parse(silent).findings).toContainEqual(
      expect.objectContaining({
        severity: "warning",
        subject: "default/web",
        evidence: "has the endpoint 10.244.1.11 port 8080/tcp, where there was no answer within a second",
      }),
    );
    await node.lab.run("pod1", ["nft", "delete", "table", "ip", "shut"]);
  });
});
