import { expect, test } from "@jest/globals";
import { describeWithNode } from "./with-node.ts";

describeWithNode("run --init-only", (start) => {
  test("B-281 sets up the host and exits, without an API server and without tables", async () => {
    const node = await start();
    const output = async (...command: readonly string[]) => (await node.lab.run("node", command)).stdout.trim();
    const timeout = () => output("cat", "/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_close_wait");
    expect(await timeout()).toBe("60");
    const ran = await node.kubeNFT(["run", "--init-only", "--conntrack-max-per-core=0", "--conntrack-min=0"]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("changed a sysctl") });
    expect(await timeout()).toBe("3600");
    expect(await output("nft", "list", "tables")).not.toContain("kube-nft");
  });
});
