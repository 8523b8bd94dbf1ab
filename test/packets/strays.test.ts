import { expect, test } from "@jest/globals";
import { address, addressFamily } from "../../src/model/address.ts";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import type { Packet } from "../../src/nft/evaluate/packet.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Probe } from "../lab/lab.ts";
import { words } from "../lab/messages.ts";
import { type Connection, type OddPacket, oddPackets, sendOdd } from "../lab/odd-packet.ts";
import { eventually } from "../support/eventually.ts";
import { type Edit, substituted, without } from "./edits.ts";
import { state } from "./state.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

type Path = {
  readonly from: Probe["from"];
  readonly to: string;
  readonly port: number;
  /** Who answers, and sees whom. */
  readonly by: string;
  /** What may end a connection all the same, where no other packet is under way. */
  readonly mayEnd?: string;
};

/** One Service with all kinds of frontends, and paths to its only endpoint. */
type Scene = {
  readonly what: string;
  readonly fixture: string;
  readonly edit: Edit;
  readonly paths: readonly Path[];
};

const service = "external-traffic-policy-local-dual-stack";
const cluster = substituted("TrafficPolicy: Local", "TrafficPolicy: Cluster");
const here = without("10.244.1.12", "10.244.2.11");
const elsewhere = without("10.244.1.11", "10.244.1.12", "fd00:10:244:2::12");
const [client, node, pod2] = ["client:192.0.2.100", "node:192.0.2.10", "pod2:10.244.1.12"] as const;
const [client6, pod6] = ["client:2001:db8:2::100", "pod2:fd00:10:244:1::12"] as const;

/** SYNs are left alone, and the node resets what no socket of its own is open for. */
const mayEnd = "client: SYN and ACK far ahead";

const scenes: readonly [Scene, ...Scene[]] = [
  {
    what: "an endpoint on another node",
    fixture: service,
    edit: (manifests) => cluster(elsewhere(manifests)),
    paths: [
      { from: pod2, to: "10.96.0.10", port: 80, by: "pod5:8080" },
      { from: pod2, to: "203.0.113.200", port: 80, by: "pod5:8080 masqueraded" },
      { from: node, to: "10.96.0.10", port: 80, by: "pod5:8080 masqueraded" },
      { from: node, to: "192.0.2.10", port: 30080, by: "pod5:8080 masqueraded", mayEnd },
      { from: client, to: "10.96.0.10", port: 80, by: "pod5:8080 masqueraded" },
      { from: client, to: "192.0.2.10", port: 30080, by: "pod5:8080 masqueraded", mayEnd },
      { from: client, to: "203.0.113.200", port: 80, by: "pod5:8080 masqueraded" },
      { from: pod6, to: "fd00:10:96::10", port: 80, by: "pod5:8080" },
      { from: client6, to: "2001:db8:2::10", port: 30080, by: "pod5:8080 masqueraded", mayEnd },
    ],
  },
  {
    what: "an endpoint here, with externalTrafficPolicy Local",
    fixture: service,
    edit: here,
    paths: [
      { from: pod2, to: "10.96.0.10", port: 80, by: "pod1:8080" },
      { from: client, to: "203.0.113.200", port: 80, by: "pod1:8080" },
      { from: client, to: "192.0.2.10", port: 30080, by: "pod1:8080", mayEnd },
    ],
  },
  {
    what: "an endpoint on the host network of another node",
    fixture: "endpoints-on-host-network",
    edit: without("192.0.2.10"),
    paths: [
      { from: pod2, to: "10.96.0.10", port: 80, by: "node2:9100" },
      { from: node, to: "10.96.0.10", port: 80, by: "node2:9100 masqueraded" },
    ],
  },
  {
    what: "an endpoint on the host network of this node",
    fixture: "endpoints-on-host-network",
    edit: without("192.0.2.20"),
    paths: [
      { from: pod2, to: "10.96.0.10", port: 80, by: "node:9100" },
      { from: client, to: "10.96.0.10", port: 80, by: "node:9100" },
    ],
  },
];

/** Counts what conntrack finds invalid, before any rule of ours. */
const invalidSeen = `table inet others {
  chain in { type filter hook prerouting priority -150; ct state invalid meta l4proto tcp counter; }
  chain out { type filter hook output priority -150; ct state invalid meta l4proto tcp counter; }
}`;

/** Counts what is left of that at the end. */
const invalidPassed = `table inet passed {
  chain in { type filter hook input priority 300; ct state invalid meta l4proto tcp counter; }
  chain out { type filter hook postrouting priority 300; ct state invalid meta l4proto tcp counter; }
}`;

describeWithLab("a packet that conntrack finds invalid", ({ lab, ipv6Affinity }) => {
  const load = async ({ fixture, edit }: Pick<Scene, "fixture" | "edit">, change: Edit = (rules) => rules) =>
    lab().load(`${change(printRuleset(await state(fixture, ipv6Affinity, edit)))}\n${invalidSeen}`);
  const count = async (table: string) => {
    const { stdout } = await lab().nft(["list", "table", "inet", table]);
    return [...stdout.matchAll(/packets (\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  let nextPort = 20_000;

  /** What becomes of a connection in which one of the ends sends an odd packet. */
  async function fate({ from, to, port }: Path, odd: OddPacket, by: "client" | "server"): Promise<string> {
    nextPort += 1;
    const probe = { from, to, port, sourcePort: nextPort, patience };
    const connection: Connection = { ...(await lab().open(probe)), probe };
    await sendOdd(lab(), connection, odd, by);
    const outcome = await connection.again();
    await connection.hangUp();
    return words(outcome);
  }

  /** The odd packets that end a connection. */
  const fatal = async (path: Path, odds: readonly OddPacket[] = oddPackets) => {
    const sent = odds.flatMap((odd) => (["client", "server"] as const).map((by) => ({ odd, by })));
    const fates = await Promise.all(sent.map(({ odd, by }) => fate(path, odd, by)));
    return sent.flatMap(({ odd, by }, index) => (fates[index] === path.by ? [] : [`${by}: ${odd.what}`]));
  };

  test.each(scenes)("B-191 ends no connection to $what", async (scene) => {
    await load(scene);
    for (const path of scene.paths) {
      const before = await count("others");
      const ended = await fatal(path);
      expect([path, ended.filter((odd) => odd !== path.mayEnd)]).toEqual([path, []]);
      // Two thirds at least, whatever the kernel makes of old ones and of SYNs.
      expect((await count("others")) - before).toBeGreaterThan(11);
    }
  });

  test("B-191 ends connections where resets are not stopped", async () => {
    const [scene] = scenes;
    await load(scene, substituted("tcp flags & rst == rst ip daddr @pod-networks drop", ""));
    const [odd] = oddPackets;
    for (const path of scene.paths.slice(0, 3)) {
      await eventually(async () => String(await fatal(path, [odd])), `server: ${odd.what}`);
    }
  });

  test("B-191 passes if it belongs to no Service", async () => {
    await load(scenes[0], (rules) => `${rules}\n${invalidPassed}`);
    const paths = [
      { from: client, to: "192.0.2.10", port: 9100, by: "node:9100" },
      { from: client, to: "10.244.1.11", port: 8080, by: "pod1:8080" },
      { from: pod2, to: "10.244.2.11", port: 8080, by: "pod5:8080" },
      { from: node, to: "10.244.1.11", port: 8080, by: "pod1:8080" },
    ];
    // Whoever gets such a reset would not believe it.
    const odds = oddPackets.filter(({ what }) => what !== "a reset far ahead");
    for (const path of paths) expect([path, await fatal(path, odds)]).toEqual([path, []]);
    expect(await count("passed")).toBeGreaterThan(40);
    expect(await count("passed")).toBe(await count("others"));
  });
});

test("B-191 the interpreter of rules says the same", async () => {
  const [{ fixture, edit }] = scenes;
  const ruleset = await state(fixture, "remember", edit);
  const tables = new Map(ruleset.map((table) => [table.family, evaluator(table, nodeAddresses)]));
  const said = sentences.map((sentence) => {
    const [, from = "", to = "", port = "", flag] = /^(\S+) -> (\S+) (\d+) (?:(\w+) )?\w+$/.exec(sentence) ?? [];
    const [saddr, daddr] = [address(from), address(to)];
    if (saddr === undefined || daddr === undefined) throw new Error(sentence);
    const packet: Packet = {
      protocol: "tcp",
      saddr,
      daddr,
      dport: Number(port),
      flags: flag === "syn" || flag === "rst" ? [flag] : [],
      ...(nodeAddresses.has(from) ? {} : { iifname: "eth0" }),
      conntrack: { kind: "invalid" },
    };
    const [outcome] = tables.get(addressFamily(daddr))?.(packet) ?? [];
    return sentence.replace(/\w+$/, outcome?.result.kind ?? "");
  });
  expect(said).toEqual(sentences);
});

const sentences = [
  "10.244.1.12 -> 10.96.0.10 80 dropped",
  "10.244.1.12 -> 10.96.0.10 80 syn accepted",
  "10.244.1.12 -> 10.96.0.10 81 accepted",
  "192.0.2.100 -> 203.0.113.200 80 dropped",
  "192.0.2.100 -> 192.0.2.10 30080 dropped",
  "192.0.2.100 -> 192.0.2.10 30081 accepted",
  "192.0.2.100 -> 192.0.2.11 30080 accepted",
  "192.0.2.10 -> 10.96.0.10 80 dropped",
  "10.244.1.12 -> 10.244.2.11 8080 rst dropped",
  "192.0.2.10 -> 10.244.2.11 8080 rst dropped",
  "10.244.1.12 -> 10.244.2.11 8080 accepted",
  "10.244.1.12 -> 192.0.2.20 9100 rst accepted",
  "2001:db8:2::100 -> 2001:db8:2::10 30080 dropped",
  "fd00:10:244:1::12 -> fd00:10:244:2::11 8080 rst dropped",
];
const nodeAddresses: ReadonlySet<string> = new Set(["192.0.2.10", "192.0.2.11", "2001:db8:2::10"]);
