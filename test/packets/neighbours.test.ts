import { expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Probe } from "../lab/lab.ts";
import { type Edit, substituted, without } from "./edits.ts";
import { row } from "./row.ts";
import { send } from "./send.ts";
import { state } from "./state.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

/** Lists the marks of packets that leave for a pod. */
const marksSeen = `
  set seen { type mark; flags dynamic; size 64; }
  chain last { type filter hook postrouting priority 200; tcp dport 8080 update @seen { meta mark }; }`;

describeWithLab("with rules of other programs", ({ lab, ipv6Affinity }) => {
  const load = async (fixture: string, others = "", edit?: Edit) =>
    lab().load(`${printRuleset(await state(fixture, ipv6Affinity, edit))}\ntable inet others {${others}\n}\n`);
  const expectRows = async (...sentences: readonly string[]) => {
    const rows = sentences.map(row);
    const seen = await Promise.all(rows.map(async (row) => [row.sentence, await send(lab(), row)]));
    expect(seen).toEqual(rows.map(({ sentence, outcomes }) => [sentence, outcomes]));
  };
  const marks = async () => {
    const { stdout } = await lab().nft(["list", "set", "inet", "others", "seen"]);
    return stdout.match(/0x[0-9a-f]{8}/g);
  };

  test("B-102, B-118 their mark bits are preserved, and ours is cleared", async () => {
    const mark = "meta mark set 0xa0000001";
    await load(
      "node-port-dual-stack",
      `chain in { type filter hook prerouting priority -150; ${mark}; }
       chain out { type route hook output priority -150; ${mark}; } ${marksSeen}`,
    );
    await expectRows(
      "B-102 client -> 192.0.2.10:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
      "B-102 client -> [2001:db8:2::10]:32675/tcp: pod1:8080 or pod5:8080, masqueraded",
      "B-102 node -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
      "B-102 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    );
    expect(await marks()).toEqual(["0xa0000001"]);
  });

  test("B-120 bit 14 is theirs if ours is another", async () => {
    await load(
      "masquerade-bit",
      `chain in { type filter hook prerouting priority -150; meta mark set 0x00004001; } ${marksSeen}`,
    );
    await expectRows(
      "B-120 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
      "B-120 pod2 -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080",
    );
    expect(await marks()).toEqual(["0x00004001"]);
  });

  test("W-36 what was not translated is not masqueraded, whatever its mark", async () => {
    await load(
      "cluster-ip-dual-stack",
      `chain in { type filter hook prerouting priority -150; meta mark set 0x00004000; } ${marksSeen}`,
    );
    await expectRows(
      "W-36 client -> 10.244.1.11:8080/tcp: pod1:8080",
      "W-36 client -> [fd00:10:244:1::11]:8080/tcp: pod1:8080",
    );
    expect(await marks()).toEqual(["0x00004000"]);
  });

  test("B-087 untracked packets pass untouched, whether there are endpoints or not", async () => {
    const rules = "ip daddr 10.96.0.0/16 notrack; ip6 daddr fd00:10:96::/112 notrack";
    const notrack = `
      chain in { type filter hook prerouting priority -300; ${rules}; }
      chain out { type filter hook output priority -300; ${rules}; }`;
    await load("service-cidrs", notrack);
    await expectRows(
      "B-087 client -> 10.96.0.10:80/tcp: left alone",
      "B-087 node -> 10.96.0.10:80/udp: left alone",
      "B-087 client -> 10.96.0.10:81/tcp: left alone",
      "B-087 pod2 -> 10.96.0.11:80/tcp: left alone",
      "B-087 client -> [fd00:10:96::10]:80/tcp: left alone",
      "B-087 client -> [fd00:10:96::11]:80/udp: left alone",
    );
    await load("endpoints-none", notrack);
    await expectRows(
      "B-087 client -> 10.96.0.10:80/tcp: left alone",
      "B-087 pod2 -> 10.96.0.53:53/udp: left alone",
      "B-089 client -> 203.0.113.200:80/tcp: refused",
    );
  });

  test("B-117 a pod that reaches itself through a hostPort of another program is masqueraded", async () => {
    await load(
      "cluster-ip-hairpin",
      "chain in { type nat hook prerouting priority -90; ip daddr 192.0.2.11 tcp dport 9080 dnat ip to 10.244.1.11:8080; }",
    );
    await expectRows(
      "B-117 pod1 -> 192.0.2.11:9080/tcp: pod1:8080, masqueraded",
      "B-117 pod2 -> 192.0.2.11:9080/tcp: pod1:8080",
    );
  });

  test("B-189, B-190 a filter at its usual place sees endpoints and clients, and what it refuses is refused", async () => {
    await load(
      "external-traffic-policy-local",
      "chain forward { type filter hook forward priority 0; ip saddr 192.0.2.100 ip daddr 10.244.1.11 tcp dport 8080 reject with tcp reset; }",
    );
    await expectRows(
      "B-190 client -> 203.0.113.200:80/tcp: refused",
      "B-190 client (192.0.2.101) -> 203.0.113.200:80/tcp: pod1:8080",
    );
  });

  test("B-190 what a filter refuses of a sticky frontend is refused", async () => {
    const refuse = "tcp dport 8080 reject with tcp reset";
    await load("session-affinity-load-balancer", `chain forward { type filter hook forward priority 0; ${refuse}; }`);
    await expectRows("B-190 client -> 203.0.113.200:80/tcp: refused", "B-190 pod2 -> 10.96.0.10:80/tcp: refused");
  });

  test("B-119 the masquerade address is that of the interface by which packets leave", async () => {
    await load("cluster-ip-dual-stack");
    const sources = async (to: string, from: Probe["from"] = "client") => {
      const probes = Array.from({ length: 60 }, () => lab().probe({ from, to, port: 80, patience }));
      const seen = await Promise.all(probes);
      return Object.fromEntries(
        seen.flatMap((outcome) => (outcome.kind === "answered" ? [[outcome.by, outcome.source]] : [])),
      );
    };
    expect(await sources("10.96.0.10")).toEqual({ pod1: "10.244.1.1", pod5: "192.0.2.10" });
    const gateway = "fd00:10:244:1::1";
    expect(await sources("fd00:10:96::10")).toEqual({ pod1: gateway, pod2: gateway, pod5: "2001:db8:2::10" });
    expect(await sources("10.96.0.10", "pod3")).toEqual({ pod1: "10.244.1.13", pod5: "10.244.1.13" });
  });

  test("B-171 a ClusterIP that the node has on an interface answers pings from outside", async () => {
    await load("cluster-ip-ping");
    await expectRows("B-094 client -> 10.96.0.10/icmp: refused");
    await withAddress("10.96.0.10", () =>
      expectRows(
        "B-171 client -> 10.96.0.10/icmp: left alone",
        "B-171 client -> 10.96.0.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
      ),
    );
  });

  test("B-147 a load balancer IP may reach itself, where the node may", async () => {
    await load("source-ranges-of-node-ip");
    await withAddress("203.0.113.200", () =>
      expectRows("B-147 node (203.0.113.200) -> 203.0.113.200:80/tcp: pod1:8080 or pod5:8080, masqueraded"),
    );
    await load("source-ranges");
    await withAddress("203.0.113.200", () => expectRows("B-147 node (203.0.113.200) -> 203.0.113.200:80/tcp: dropped"));
  });

  test("B-099 a load balancer IP that is the node's refuses without endpoints, though a process listens", async () => {
    const onNode = (manifests: string) =>
      substituted("port: 50000", "port: 30081")(substituted("203.0.113.200", "192.0.2.11")(manifests));
    await load("load-balancer", "", (manifests) => without("10.244.1.11", "10.244.2.11")(onNode(manifests)));
    await expectRows(
      "B-099 client -> 192.0.2.11:30081/tcp: refused",
      "B-099 pod2 -> 192.0.2.11:30081/tcp: refused",
      "B-099 node -> 192.0.2.11:30081/tcp: refused",
      "B-084 client -> 192.0.2.11:30081/udp: left alone",
    );
  });

  test("B-100 an endpoint that is a free address of the ServiceCIDR is dropped", async () => {
    await load("service-cidrs", "", substituted("[10.244.1.11]", "[10.96.0.99]"));
    await expectRows("B-100 client -> 10.96.0.10:80/tcp: dropped or pod5:8080 masqueraded");
  });

  test("B-104 a Service without selector leads to hosts that are no pods", async () => {
    const hosts = ["13.250.94.254", "13.229.188.59"];
    await load("external-service");
    const toHosts = `ip daddr { ${hosts.join(", ")} } tcp dport 80 dnat to 192.0.2.1:7`;
    await lab().run("outside", ["nft", "insert", "rule", "ip", "outside", "prerouting", ...toHosts.split(" ")]);
    await expectRows(
      "B-104 client -> 10.96.0.10:80/tcp: outside:7, masqueraded",
      "B-104 pod2 -> 10.96.0.10:80/tcp: outside:7",
    );
  });

  /** While the node has one more address. */
  async function withAddress(address: string, action: () => Promise<void>): Promise<void> {
    await lab().run("node", ["ip", "address", "add", `${address}/32`, "dev", "lo"]);
    try {
      await action();
    } finally {
      await lab().run("node", ["ip", "address", "del", `${address}/32`, "dev", "lo"]);
    }
  }
});
