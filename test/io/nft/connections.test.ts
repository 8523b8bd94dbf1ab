import { expect } from "@jest/globals";
import { compile } from "../../../src/compile/compile.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import { type FrontendConnections, readFrontendConnections } from "../../../src/io/nft/connections.ts";
import { address } from "../../../src/model/address.ts";
import { printRuleset } from "../../../src/nft/print-ruleset.ts";
import { endpointSlice, service } from "../../api-server/objects.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const ports = [{ name: "dns", protocol: "UDP", port: 53, nodePort: 30053 }];
const objects = [
  service("dns", {}, { type: "NodePort", ports }),
  { ...endpointSlice("dns", ["10.1.0.2"]), ports: [{ name: "dns", protocol: "UDP", port: 5353 }] },
];

kernelTest("W-29 the kernel counts the new connections of each frontend", async (nft) => {
  const namespace = await NetNamespace.start();
  try {
    const node = [address("10.1.0.1")].filter((each) => each !== undefined);
    const ip = { ...settings.families.ip, nodePortAddresses: { any: false, addresses: node, loopback: false } };
    const { cluster } = decodeCluster(objects.map((object) => ({ object })));
    const { ruleset } = compile(cluster, { ...settings, counters: true, families: { ...settings.families, ip } });
    await namespace.must([nft, "-f", "-"], printRuleset(ruleset));
    await namespace.must(["ip", "address", "add", "10.1.0.1", "dev", "lo"]);
    await namespace.must(["ip", "address", "add", "10.1.0.2", "dev", "lo"]);
    for (const [to, port] of [
      ["10.96.0.10:53", 2001],
      ["10.96.0.10:53", 2002],
      ["10.96.0.10:53", 2001],
      ["10.1.0.1:30053", 2003],
    ]) {
      await namespace.must(["socat", "-u", "-", `udp4-sendto:${to},sourceport=${port}`], "x");
    }
    const counted: FrontendConnections[] = [];
    await namespace.withPrograms([nft, "socat"], () => readFrontendConnections("ip", (each) => counted.push(each)));
    const owner = "default/dns:dns";
    expect(counted).toEqual([
      { owner, kind: "address", protocol: "udp", frontend: "10.96.0.10 udp 53", connections: 2 },
      { owner, kind: "nodePort", protocol: "udp", frontend: "udp 30053", connections: 1 },
    ]);
  } finally {
    await namespace.close();
  }
});
