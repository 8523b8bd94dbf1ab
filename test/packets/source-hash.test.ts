import { expect } from "@jest/globals";
import { type Address, addressOfBytes, type Family } from "../../src/model/address.ts";
import type { Protocol } from "../../src/model/port.ts";
import { evaluator } from "../../src/nft/evaluate/evaluate.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Table } from "../../src/nft/ruleset.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { NetNamespace } from "../support/net-namespace.ts";
import { state } from "./state.ts";

const clusterIPs: Readonly<Record<Family, Address>> = {
  ip: addressOfBytes([10, 96, 0, 10]),
  ip6: addressOfBytes([0xfd, 0, 0, 0x10, 0, 0x96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]),
};

type Client = { readonly saddr: Address; readonly sport: number };

kernelTest("A-20 the kernel chooses for 2,000 clients the endpoint that the interpreter computes", async (nft) => {
  const namespace = await NetNamespace.start();
  try {
    await namespace.must(["ip", "-batch", "-"], network);
    for (const { fixture, protocol, dport } of [
      { fixture: "source-hash", protocol: "udp", dport: 53 },
      { fixture: "source-hash-port", protocol: "tcp", dport: 80 },
    ] as const) {
      const ruleset = await state(fixture, "hash");
      await namespace.must([nft, "-f", "-"], printRuleset(ruleset) + (["ip", "ip6"] as const).map(seenTable).join(""));
      for (const table of ruleset) {
        const clients = someClients(table.family);
        await send(namespace, protocol, clusterIPs[table.family], dport, clients);
        const seen = await seenIn(namespace, nft, table.family, protocol);
        expect(seen.size).toBe(500);
        expect(new Set(seen.values()).size).toBe(3);
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(predicted(table, protocol, dport, clients)));
      }
    }
  } finally {
    await namespace.close();
  }
});

/** All clients are here, and everything else is beyond an interface. */
const network = [
  "link add uplink type veth peer name beyond",
  "link set uplink up",
  "link set beyond up",
  "address add 192.0.2.10/24 dev uplink",
  "address add 2001:db8:2::10/64 dev uplink nodad",
  "route replace default dev uplink",
  "route add ::/0 dev uplink metric 1",
  "route add local 10.77.0.0/16 dev lo",
  ...someClients("ip6").map(({ saddr }) => `address add ${saddr}/128 dev lo nodad`),
  "",
].join("\n");

/** Clients with addresses that are the namespace's own, and ports of their own. */
function someClients(family: Family): readonly Client[] {
  return Array.from({ length: 500 }, (_, index) => {
    const [high, low] = [1 + (index >> 4), 7 + ((index * 37) % 200)];
    const bytes =
      family === "ip" ? [10, 77, high, low] : [0xfd, 0x77, low, ...Array(11).fill(high), index >> 8, index & 255];
    return { saddr: addressOfBytes(bytes), sport: 20_000 + index * 61 };
  });
}

/** Notes where the first packets of connections go, by their source. */
function seenTable(family: Family): string {
  const lines = (["tcp", "udp"] as const).flatMap((protocol) => {
    const parts = `${family} saddr . ${protocol} sport . ${family} daddr`;
    return [
      `add set ${family} seen seen-${protocol} { typeof ${parts}; flags dynamic; size 10000; }`,
      `add rule ${family} seen postrouting ct state new update @seen-${protocol} { ${parts} }`,
    ];
  });
  const chain = `add chain ${family} seen postrouting { type filter hook postrouting priority 50; }`;
  return `${[`add table ${family} seen`, `delete table ${family} seen`, `add table ${family} seen`, chain, ...lines].join("\n")}\n`;
}

/** One packet from each client, by one process. */
async function send(
  namespace: NetNamespace,
  protocol: Protocol,
  to: Address,
  port: number,
  clients: readonly Client[],
): Promise<void> {
  const script = `use IO::Socket::IP; my ($proto, $to, $port) = splice @ARGV, 0, 3;
    while (my ($saddr, $sport) = splice @ARGV, 0, 2) {
      my $socket = IO::Socket::IP->new(Proto => $proto, LocalHost => $saddr, LocalPort => $sport, PeerHost => $to,
        PeerPort => $port, Blocking => 0) or die "$saddr: $@";
      $socket->send("x") if $proto eq "udp";
      push @keep, $socket;
    }`;
  const args = clients.flatMap(({ saddr, sport }) => [saddr, String(sport)]);
  await namespace.must(["perl", "-e", script, protocol, to, String(port), ...args]);
}

async function seenIn(
  namespace: NetNamespace,
  nft: string,
  family: Family,
  protocol: Protocol,
): Promise<ReadonlyMap<string, string>> {
  const listing = await namespace.must([nft, "list", "set", family, "seen", `seen-${protocol}`]);
  const elements = [...listing.matchAll(/([\da-f.:]+) \. (\d+) \. ([\da-f.:]+)/g)];
  return new Map(elements.map(([, saddr = "", sport = "", daddr = ""]) => [`${saddr} ${sport}`, daddr]));
}

function predicted(table: Table, protocol: Protocol, dport: number, clients: readonly Client[]) {
  const evaluate = evaluator(table, new Set(clients.map(({ saddr }) => saddr)));
  return new Map(
    clients.map(({ saddr, sport }) => {
      const outcomes = evaluate({
        ...{ protocol, saddr, sport, dport },
        daddr: clusterIPs[table.family],
        conntrack: { kind: "new" },
      });
      const results = new Set(
        outcomes.map(({ result }) => (result.kind === "accepted" ? result.endpoint?.address : "")),
      );
      return [`${saddr} ${sport}`, [...results].join(" or ")];
    }),
  );
}
