import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import {
  conntrackFacts,
  legacyTables,
  networkInterfaces,
  sysctlValues,
  virtualServers,
} from "../../../src/io/host/kernel-facts.ts";

/** While `body` runs, these files are below a folder as if it were the root of a host. */
async function withRoot(files: Readonly<Record<string, string>>, body: (root: string) => void): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "kube-nft-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), text);
    }
    body(root);
  } finally {
    await rm(root, { recursive: true });
  }
}

const statistics = `entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
00000003  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 0000000a 00000001 00000000 00000000  00000000 00000000 00000000 00000000
00000003  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000010 00000002 00000000  00000000 00000000 00000000 00000000
`;

test("a full conntrack, with the sums over all processors", () =>
  withRoot(
    {
      "proc/sys/net/netfilter/nf_conntrack_count": "262144\n",
      "proc/sys/net/netfilter/nf_conntrack_max": "262144\n",
      "proc/net/stat/nf_conntrack": statistics,
    },
    (root) => {
      expect(conntrackFacts(root)).toEqual({
        count: 262_144,
        max: 262_144,
        drop: 17,
        earlyDrop: 2,
        insertFailed: 11,
      });
    },
  ));

test("sysctls, interfaces with their bridges, what iptables-legacy and IPVS have", () =>
  withRoot(
    {
      "proc/sys/net/ipv4/ip_forward": "1\n",
      "proc/sys/net/ipv4/conf/all/rp_filter": "0\n",
      "proc/sys/net/ipv4/conf/eth0.7/rp_filter": "1\n",
      "proc/sys/net/bridge/bridge-nf-call-iptables": "0\n",
      "proc/net/dev": "Inter-|   Receive\n face |bytes\n  eth0.7: 1 2\n  cni0:3 4\n",
      "sys/class/net/eth0.7/mtu": "1500\n",
      "sys/class/net/cni0/mtu": "1450\n",
      "sys/class/net/cni0/bridge/bridge_id": "8000\n",
      "proc/net/ip_tables_names": "nat\nmangle\nfilter\n",
      "proc/net/ip_vs":
        "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port\nTCP  0A600001:01BB rr\n  -> C0A80002:192B      Masq    1\nUDP  0A60000A:0035 rr\n",
    },
    (root) => {
      expect([...sysctlValues(root)].sort()).toEqual([
        ["net.bridge.bridge-nf-call-iptables", "0"],
        ["net.ipv4.conf.all.rp_filter", "0"],
        ["net.ipv4.conf.eth0.7.rp_filter", "1"],
        ["net.ipv4.ip_forward", "1"],
      ]);
      expect(networkInterfaces(root)).toEqual([
        { name: "eth0.7", mtu: 1500, isBridge: false },
        { name: "cni0", mtu: 1450, isBridge: true },
      ]);
      expect(legacyTables("ip_tables_names", root)).toEqual(["nat", "filter"]);
      expect(legacyTables("ip6_tables_names", root)).toEqual([]);
      expect(virtualServers(root)).toBe(2);
    },
  ));

test("nothing is reported if nothing is known", () =>
  withRoot({ "proc/net/dev": "  eth0: 1 2\n" }, (root) => {
    expect(conntrackFacts(root)).toBeUndefined();
    expect(networkInterfaces(root)).toEqual([{ name: "eth0", mtu: undefined, isBridge: undefined }]);
    expect(sysctlValues(root).size).toBe(0);
    expect(virtualServers(root)).toBe(0);
  }));

test("this host has the facts of every kernel", () => {
  expect(sysctlValues().get("net.ipv4.conf.all.rp_filter")).toMatch(/^[012]$/);
  expect(sysctlValues().get("net.ipv4.ip_forward")).toMatch(/^[01]$/);
});
