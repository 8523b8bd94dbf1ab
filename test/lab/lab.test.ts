import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createLab, type Lab, type Probe } from "./lab.ts";
import { type Protocol, words } from "./messages.ts";
import { nfts } from "./nfts.ts";
import { labSkipped } from "./unavailable.ts";

/** The outcome is the same for all the protocols. */
type Row = readonly [from: Probe["from"], to: string, port: number, protocols: readonly Protocol[], outcome: string];

const all: readonly Protocol[] = ["tcp", "udp", "sctp", "icmp"];
const ported: readonly Protocol[] = ["tcp", "udp", "sctp"];

/** Nobody's rules: everybody reaches everybody, and what is addressed to nobody ends outside. */
const plainRows: readonly Row[] = [
  ["client", "10.244.1.11", 8080, ported, "pod1:8080"],
  ["client", "fd00:10:244:1::11", 8080, ported, "pod1:8080"],
  ["client:192.0.2.105", "10.244.2.12", 53, ported, "pod6:53"],
  ["client:2001:db8:2::105", "fd00:10:244:2::12", 53, ported, "pod6:53"],
  ["node", "10.244.1.12", 8443, ported, "pod2:8443"],
  ["node", "fd00:10:244:1::12", 8443, ported, "pod2:8443"],
  ["pod1", "10.244.1.14", 9090, ported, "pod4:9090"],
  ["pod1", "fd00:10:244:1::14", 9090, ported, "pod4:9090"],
  ["pod8", "10.244.1.13", 8080, ported, "pod3:8080"],
  ["pod8", "fd00:10:244:1::13", 8080, ported, "pod3:8080"],
  ["node2", "192.0.2.10", 9100, ported, "node:9100"],
  ["node2", "2001:db8:2::11", 9101, ported, "node:9101"],
  ["client", "172.16.0.10", 9100, ported, "node:9100"],
  ["client", "2001:db8:172::10", 9100, ported, "node:9100"],
  ["client", "10.244.1.11", 81, ["tcp"], "refused (reset)"],
  ["client", "10.244.1.11", 81, ["udp"], "refused (port unreachable)"],
  ["client", "fd00:10:244:1::11", 81, ["udp"], "refused (port unreachable)"],
  ["node", "127.0.0.1", 81, ["tcp"], "refused (reset)"],
  ["client", "10.244.1.99", 8080, all, "dropped"],
  ["client", "203.0.113.1", 80, ["tcp", "udp"], "outside:7"],
  ["pod2", "2001:db8:203::1", 80, ["tcp", "udp"], "outside:7"],
  ["node", "10.96.0.1", 80, ["tcp", "udp"], "outside:7"],
  ["client", "203.0.113.1", 80, ["sctp"], "outside:80"],
  ["client", "10.244.1.11", 0, ["icmp"], "ping pod1"],
  ["pod1", "fd00:10:244:2::11", 0, ["icmp"], "ping pod5"],
  ["node", "203.0.113.1", 0, ["icmp"], "ping outside"],
];

const ruledRows: readonly Row[] = ["10.96.0.", "fd00:10:96::"].flatMap((service): readonly Row[] => [
  ["client", `${service}10`, 80, ported, "pod1:8080 masqueraded"],
  ["node", `${service}10`, 80, ported, "pod1:8080 masqueraded"],
  ["pod2", `${service}10`, 80, ported, "pod1:8080"],
  ["pod5", `${service}10`, 80, ported, "pod1:8080"],
  ["pod1", `${service}10`, 80, ported, "pod1:8080 masqueraded"],
  ["client", `${service}11`, 80, ported, "pod5:8080 masqueraded"],
  ["node", `${service}11`, 80, ported, "pod5:8080 masqueraded"],
  ["pod2", `${service}11`, 80, ported, "pod5:8080"],
  ["client", `${service}12`, 80, ported, "node:9100"],
  ["pod1", `${service}12`, 80, ported, "node:9100"],
  ["client", `${service}13`, 80, ["tcp"], "refused (reset)"],
  ["client", `${service}13`, 80, ["udp", "sctp", "icmp"], "refused (port unreachable)"],
  ["pod1", `${service}13`, 80, ["tcp"], "refused (reset)"],
  ["pod1", `${service}13`, 80, ["udp", "sctp", "icmp"], "refused (port unreachable)"],
  ["node", `${service}13`, 80, ["tcp"], "refused (reset)"],
  ["node", `${service}13`, 80, ["udp", "sctp", "icmp"], "refused (port unreachable)"],
  ["client", `${service}15`, 80, all, "dropped"],
  ["pod1", `${service}15`, 80, all, "dropped"],
  ["node", `${service}15`, 80, all, "dropped"],
  ["client", `${service}16`, 80, ["tcp", "udp"], "outside:7"],
]);

/** The kernel tells a TCP client of an ICMPv6 error only after a second. */
const slowlyRefusedRows: readonly Row[] = [
  ["client", "10.96.0.14", 80, ["tcp"], "refused (port unreachable)"],
  ["node", "10.96.0.14", 80, ["tcp"], "refused (port unreachable)"],
  ["client", "fd00:10:96::14", 80, ["tcp"], "refused (port unreachable)"],
];

const balancedRows: readonly (readonly [to: string, protocol: Protocol, count: number])[] = [
  ["10.96.0.20", "tcp", 1000],
  ["10.96.0.20", "udp", 1000],
  ["10.96.0.20", "sctp", 1000],
  ["fd00:10:96::20", "tcp", 1000],
  ["fd00:10:96::20", "udp", 1000],
  ["fd00:10:96::20", "sctp", 1000],
];

const rules = readFileSync(new URL("lab.nft", import.meta.url), "utf8");

const describeLab = labSkipped() ? describe.skip : describe;

describeLab.each(nfts)("a lab with $name", ({ path: nft }) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab({ nft });
  });
  afterAll(() => lab?.close());

  test("carries packets where no rule stops them", async () => {
    await lab.load("");
    expect(await outcomes(lab, plainRows)).toEqual(plainRows);
  });

  test("shows what rules do to packets", async () => {
    await lab.load(rules);
    const rows = [...ruledRows, ...slowlyRefusedRows];
    expect(await outcomes(lab, rows)).toEqual(rows);
  });

  test.each(balancedRows)("counts the endpoints of %s over %s", async (to, protocol, count) => {
    await lab.load(rules);
    const tally = await lab.volley({ from: "pod2", to, port: 80, protocol, patience: 5000 }, { count });
    expect(Object.keys(tally).sort()).toEqual(["pod1:8080", "pod5:8080"]);
    // Six standard deviations: a coin does not leave this range in a lifetime.
    expect(Math.abs((tally["pod1:8080"] ?? 0) - count / 2)).toBeLessThan(3 * Math.sqrt(count));
  });

  test("uses several source addresses in turn", async () => {
    await lab.load(rules);
    const sources = ["192.0.2.101", "192.0.2.102"];
    const tally = await lab.volley(
      { from: "client", to: "10.96.0.21", port: 80, patience: 5000 },
      { count: 10, sources },
    );
    expect(tally).toEqual({ "pod1:8080 masqueraded": 5, "pod5:8080 masqueraded": 5 });
  });

  test("keeps a connection open", async () => {
    await lab.load(rules);
    const connection = await lab.open({ from: "client", to: "10.96.0.10", port: 80, patience: 5000 });
    expect(words(connection.outcome)).toBe("pod1:8080 masqueraded");
    expect(await connection.again()).toEqual(connection.outcome);
    await connection.hangUp();
  });

  test("tells why nft refuses a ruleset", async () => {
    await expect(lab.load("table ip lab { chain x { jump y; } }")).rejects.toThrow("nft refuses the ruleset");
  });
});

describeLab.each([
  ["routed", "veth-*"],
  ["bridge", "cbr0"],
] as const)("a lab whose pod network is %s", (podNetwork, iifname) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await createLab({ podNetwork });
  });
  afterAll(() => lab?.close());

  test("carries packets where no rule stops them", async () => {
    expect(await outcomes(lab, plainRows)).toEqual(plainRows);
  });

  test(`shows that packets of pods come in through ${iifname}`, async () => {
    await lab.load(`table inet lab {
      chain forward {
        type filter hook forward priority 0
        iifname "${iifname}" meta nfproto ipv4 tcp dport 8080 reject with tcp reset
        iifname "${iifname}" meta nfproto ipv6 udp dport 8080 reject
      }
    }`);
    const rows: readonly Row[] = [
      ["pod1", "10.244.1.12", 8080, ["tcp"], "refused (reset)"],
      ["pod1", "fd00:10:244:1::12", 8080, ["udp"], "refused (port unreachable)"],
      ["pod1", "10.244.2.12", 8080, ["tcp"], "refused (reset)"],
      ["pod1", "10.244.1.12", 8443, ["tcp"], "pod2:8443"],
      ["node", "10.244.1.12", 8080, ["tcp"], "pod2:8080"],
      ["client", "10.244.1.12", 8080, ["tcp"], "pod2:8080"],
    ];
    expect(await outcomes(lab, rows)).toEqual(rows);
  });
});

/** Whoever expects an answer is patient, so that a busy machine fails no test. */
async function outcomes(lab: Lab, rows: readonly Row[]): Promise<readonly Row[]> {
  return Promise.all(
    rows.map(async ([from, to, port, protocols, expected]): Promise<Row> => {
      const patience = expected === "dropped" ? 300 : 5000;
      const probes = protocols.map((protocol) => lab.probe({ from, to, port, protocol, patience }));
      const seen = new Set((await Promise.all(probes)).map(words));
      return [from, to, port, protocols, [...seen].join(", ")];
    }),
  );
}
