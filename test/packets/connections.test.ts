import { expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { type Edit, substituted, without } from "./edits.ts";
import { type Row, row } from "./row.ts";
import { send } from "./send.ts";
import { change, state } from "./state.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

type Change = {
  readonly what: string;
  readonly fixture: string;
  readonly before?: Edit;
  readonly after?: Edit;
  /** What comes of new connections afterwards. Those from before go on. */
  readonly thereafter: readonly string[];
};

const changes: readonly Change[] = [
  {
    what: "their endpoint goes",
    fixture: "cluster-ip",
    after: without("10.244.1.11"),
    thereafter: [
      "B-080 client -> 10.96.0.10:80/tcp: pod5:8080, masqueraded",
      "B-080 pod2 -> 10.96.0.10:80/tcp: pod5:8080",
      "B-080 node -> 10.96.0.10:80/tcp: pod5:8080, masqueraded",
    ],
  },
  {
    what: "their IPv6 endpoint goes",
    fixture: "cluster-ip-ipv6",
    after: without("fd00:10:244:1::11"),
    thereafter: [
      "B-080 client -> [fd00:10:96::10]:80/tcp: pod5:8080, masqueraded",
      "B-080 pod2 -> [fd00:10:96::10]:80/tcp: pod5:8080",
    ],
  },
  {
    what: "all endpoints go",
    fixture: "load-balancer",
    after: without("10.244.1.11", "10.244.2.11"),
    thereafter: [
      "B-096 client -> 203.0.113.200:50000/tcp: refused",
      "B-096 client -> 192.0.2.10:30641/tcp: refused",
      "B-096 pod2 -> 10.96.0.10:50000/tcp: refused",
      "B-096 node -> 203.0.113.200:50000/tcp: refused",
    ],
  },
  {
    what: "the Service becomes another proxy's",
    fixture: "load-balancer",
    after: substituted("web\nspec", "web\n  labels: { service.kubernetes.io/service-proxy-name: other }\nspec"),
    thereafter: [
      "B-002, B-080 client -> 203.0.113.200:50000/tcp: left alone",
      "B-002, B-080 client -> 192.0.2.10:30641/tcp: left alone",
      "B-002, B-080 client -> 10.96.0.10:50000/tcp: left alone",
    ],
  },
  {
    what: "externalTrafficPolicy becomes Local",
    fixture: "external-traffic-policy-local-none-here",
    before: substituted("TrafficPolicy: Local", "TrafficPolicy: Cluster"),
    thereafter: [
      "B-096 client -> 203.0.113.200:80/tcp: dropped",
      "B-096 client -> 192.0.2.10:30080/tcp: dropped",
      "B-096 pod1 -> 203.0.113.200:80/tcp: pod5:8080 or pod6:8080",
    ],
  },
  {
    what: "internalTrafficPolicy becomes Local",
    fixture: "internal-traffic-policy-local-none-here",
    before: substituted("TrafficPolicy: Local", "TrafficPolicy: Cluster"),
    thereafter: [
      "B-096 client -> 10.96.0.10:80/tcp: dropped",
      "B-096 pod1 -> 10.96.0.10:80/tcp: dropped",
      "B-096 node -> 10.96.0.10:80/tcp: dropped",
    ],
  },
  {
    what: "the source ranges are narrowed",
    fixture: "source-ranges",
    after: substituted("192.0.2.100/30", "192.0.2.104/30"),
    thereafter: [
      "B-152 client -> 203.0.113.200:80/tcp: dropped",
      "B-152 client -> 198.51.100.10:80/tcp: pod1:8080 or pod5:8080, masqueraded",
    ],
  },
  {
    what: "the NodePort changes",
    fixture: "node-port",
    after: substituted("32675", "30080"),
    thereafter: ["B-080 client -> 192.0.2.10:32675/tcp: left alone", "B-080 node -> 192.0.2.10:32675/tcp: left alone"],
  },
];

describeWithLab("connections continue when", ({ lab, ipv6Affinity }) => {
  const openAll = async (rows: readonly Row[]) => {
    const probes = rows.flatMap(({ from, to, port }) =>
      Array.from({ length: 4 }, () => ({ from, to, port, patience })),
    );
    const open = await Promise.all(probes.map((probe) => lab().open(probe)));
    const first = open.map(({ outcome }) => outcome);
    expect(new Set(first.map(({ kind }) => kind))).toEqual(new Set(["answered"]));
    return async () => {
      expect(await Promise.all(open.map(({ again }) => again()))).toEqual(first);
    };
  };

  test.each(changes)("$what", async ({ fixture, before, after, thereafter }) => {
    const rows = thereafter.map(row);
    const old = await state(fixture, ipv6Affinity, before);
    await lab().load(printRuleset(old));
    const expectToGoOn = await openAll(rows);
    await change(lab(), old, await state(fixture, ipv6Affinity, after));
    await expectToGoOn();
    const seen = await Promise.all(rows.map(async (row) => [row.sentence, await send(lab(), row)]));
    expect(seen).toEqual(rows.map(({ sentence, outcomes }) => [sentence, outcomes]));
    await expectToGoOn();
  });

  test("B-080 the tables are replaced", async () => {
    const text = printRuleset(await state("cluster-ip-dual-stack", ipv6Affinity));
    await lab().load(text);
    const expectToGoOn = await openAll(
      ["client", "pod3", "node"].flatMap((from) => [
        row(`B-080 ${from} -> 10.96.0.10:80/tcp: pod1:8080`),
        row(`B-080 ${from} -> [fd00:10:96::10]:80/tcp: pod1:8080`),
      ]),
    );
    await lab().nft(["-f", "-"], text);
    await expectToGoOn();
  });

  test("B-080 a socket keeps sending datagrams, which go to one endpoint", async () => {
    await lab().load(printRuleset(await state("cluster-ip-udp", ipv6Affinity)));
    for (let sourcePort = 20000; sourcePort < 20008; sourcePort++) {
      const probe = { from: "pod2", to: "10.96.0.53", port: 53, protocol: "udp", sourcePort, patience } as const;
      const first = await lab().probe(probe);
      expect(first.kind).toBe("answered");
      for (let more = 0; more < 5; more++) expect(await lab().probe(probe)).toEqual(first);
    }
  });
});
