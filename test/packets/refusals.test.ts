import { expect, test } from "@jest/globals";
import { readRefusals } from "../../src/io/nft/refusals.ts";
import { families } from "../../src/model/address.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Lab, Probe } from "../lab/lab.ts";
import { withProgram } from "../support/with-program.ts";
import { state } from "./state.ts";
import { describeWithLab } from "./with-lab.ts";

/** Counts what comes to the node, and what it sends, before any rule of ours. */
const witness = `table inet others {
  set seen { typeof ip daddr . meta l4proto . th dport; flags dynamic; size 65535; }
  set seen6 { typeof ip6 daddr . meta l4proto . th dport; flags dynamic; size 65535; }
  chain see {
    update @seen { ip daddr . meta l4proto . th dport counter }
    update @seen6 { ip6 daddr . meta l4proto . th dport counter }
  }
  chain in { type filter hook prerouting priority -150; iifname != "lo" ct state new jump see; }
  chain out { type filter hook output priority -150; ct state new jump see; }
}`;

const worlds = [
  {
    family: "ip",
    who: ["client:192.0.2.100", "pod2", "node"],
    allowed: "client:192.0.2.101",
    node: "192.0.2.10",
    idle: "10.96.0.20",
    local: "203.0.113.200",
    ranged: "203.0.113.201",
    rangedIP: "10.96.0.10",
  },
  {
    family: "ip6",
    who: ["client:2001:db8:2::100", "pod2", "node"],
    allowed: "client:2001:db8:2::101",
    node: "2001:db8:2::10",
    idle: "fd00:10:96::20",
    local: "2001:db8:203::200",
    ranged: "2001:db8:203::201",
    rangedIP: "fd00:10:96::10",
  },
] as const;

type World = (typeof worlds)[number];
type Aim = { readonly to: string; readonly protocol: "tcp" | "udp"; readonly port: number };

/** What the tests reach, with the number of a TCP and a UDP port. */
const aims = (to: string, tcp: number, udp: number): readonly Aim[] => [
  { to, protocol: "tcp", port: tcp },
  { to, protocol: "udp", port: udp },
];

describeWithLab("packets that are refused are counted once, by what they are for", ({ lab, ipv6Affinity }) => {
  const load = async () => lab().load(`${printRuleset(await state("refusals", ipv6Affinity))}\n${witness}`);

  /** Sends some packets, and returns how many the witness has seen for each aim, by its key in our sets. */
  async function send(from: Probe["from"], some: readonly Aim[], count = 4): Promise<Readonly<Record<string, number>>> {
    const before = await seen(lab());
    for (const { to, protocol, port } of some) {
      await lab().volley({ from, to, protocol, port }, { count, atOnce: count });
    }
    const after = await seen(lab());
    return Object.fromEntries(
      some.map(({ to, protocol, port }) => {
        const key = `${to} ${protocol} ${port}`;
        return [key, (after[key] ?? 0) - (before[key] ?? 0)];
      }),
    );
  }

  test.each(worlds)("for each reason, $family", async (world) => {
    await load();
    const sum: Record<string, number> = {};
    const expectMore = async (
      reason: string,
      nameOf: (aim: Aim) => string,
      from: Probe["from"],
      some: readonly Aim[],
    ) => {
      const sent = await send(from, some);
      for (const aim of some) {
        const packets = sent[`${aim.to} ${aim.protocol} ${aim.port}`] ?? 0;
        expect(packets).toBeGreaterThanOrEqual(4);
        const name = `${world.family} ${reason} ${nameOf(aim)}`;
        sum[name] = (sum[name] ?? 0) + packets;
      }
      expect([from, reason, await counted(lab())]).toEqual([from, reason, sum]);
    };
    const frontend = ({ to, protocol, port }: Aim) => `${to} ${protocol} ${port}`;
    const nodePort = ({ protocol, port }: Aim) => `${protocol} ${port}`;
    for (const from of world.who) {
      await expectMore("no endpoints", frontend, from, aims(world.idle, 80, 53));
      await expectMore("no endpoints", nodePort, from, aims(world.node, 30080, 30053));
      await expectMore("source range", frontend, from, aims(world.ranged, 80, 53));
      await expectMore("unknown port", ({ to }) => to, from, aims(world.rangedIP, 81, 81));
    }
    await expectMore("policy Local", frontend, world.who[0], aims(world.local, 80, 53));
    await expectMore("policy Local", nodePort, world.who[0], aims(world.node, 30081, 30123));
    await lab().volley({ from: "pod2", to: world.rangedIP, protocol: "icmp" }, { count: 3 });
    const pings = `${world.family} unknown port ${world.rangedIP}`;
    sum[pings] = (sum[pings] ?? 0) + 3;
    expect(await counted(lab())).toEqual(sum);
    await forgetTheWay(lab(), world);
    await expectMore("slip", frontend, "pod2", aims(world.rangedIP, 80, 53));
    await expectMore("slip", nodePort, world.who[0], aims(world.node, 30001, 30641));
  });

  test.each(worlds)("and what is served, or is no Service's, is not, $family", async (world) => {
    await load();
    const { rangedIP, ranged, local, node } = world;
    await send("pod2", [...aims(rangedIP, 80, 53), ...aims(local, 80, 53), ...aims(node, 30001, 30641)]);
    await send(world.allowed, [...aims(ranged, 80, 53), ...aims(rangedIP, 80, 53), ...aims(node, 30001, 30641)]);
    await send("node", [...aims(rangedIP, 80, 53), ...aims(local, 80, 53), ...aims(node, 30001, 30641)]);
    await send(world.allowed, [...aims(ranged, 81, 54), ...aims(local, 81, 54), ...aims(node, 9100, 30002)]);
    expect(await counted(lab())).toEqual({});
  });
});

/** Has packets slip to a Service that is served, as when its rules are not there yet. */
async function forgetTheWay(lab: Lab, { family, rangedIP }: World): Promise<void> {
  const commands = [
    `delete element ${family} kube-nft services { ${rangedIP} . tcp . 80, ${rangedIP} . udp . 53 }`,
    `delete element ${family} kube-nft node-ports { tcp . 30001, udp . 30641 }`,
  ];
  const { exitCode, stderr } = await lab.nft(["-f", "-"], commands.join("\n"));
  if (exitCode !== 0) throw new Error(stderr);
}

/** What our tables have counted, as the agent reads it. */
function counted(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const script = `#!/bin/sh\nPATH='${process.env["PATH"]}' exec ${lab.enter("node").join(" ")} socat "$@"\n`;
  return withProgram("socat", script, async () => {
    const all: Record<string, number> = {};
    for (const family of families) {
      await readRefusals(family, ({ reason, of, packets }) => {
        all[`${family} ${reason} ${"frontend" in of ? of.frontend : of.clusterIP}`] = packets;
      });
    }
    return all;
  });
}

async function seen(lab: Lab): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await lab.nft(["-n", "list", "table", "inet", "others"]);
  const packets = /([\da-f.:]+) \. (\S+) \. (\d+) counter packets (\d+)/g;
  return Object.fromEntries(
    [...stdout.matchAll(packets)].map(([, to, protocol = "", port, count]) => [
      `${to} ${protocols[protocol] ?? protocol} ${port}`,
      Number(count),
    ]),
  );
}

const protocols: Readonly<Record<string, string>> = { "6": "tcp", "17": "udp" };
