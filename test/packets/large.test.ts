import { beforeEach, describe, expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import type { Protocol } from "../lab/messages.ts";
import { addresses, echoPort, familyOf, hostOf, type Place } from "../lab/world.ts";
import { type Edit, substituted, without } from "./edits.ts";
import { state } from "./state.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

/** A Service of TCP and UDP with a ClusterIP, a load balancer IP and a NodePort in each family. */
const ports: Edit = (manifests) => {
  const each = (protocol: string, port: string) =>
    `- { name: ${protocol.toLowerCase()}, protocol: ${protocol}, ${port} }`;
  const both = (port: string, indent: string) => ["TCP", "UDP"].map((name) => each(name, port)).join(`\n${indent}`);
  const ofService = substituted("- { port: 80, targetPort: 8080 }", both("port: 80, nodePort: 30080", "    "));
  return substituted("- { port: 8080 }", both(`port: ${echoPort}`, "  "))(ofService(manifests));
};

/** The endpoint is a pod here, or on the other node. */
const endpoints = [
  { pod: "pod1", others: ["10.244.2.11", "fd00:10:244:2::11"] },
  { pod: "pod5", others: ["10.244.1.11", "fd00:10:244:1::11"] },
] as const;

const frontends = [
  ["10.96.0.10", 80],
  ["fd00:10:96::10", 80],
  ["203.0.113.200", 80],
  ["2001:db8:203::200", 80],
  ["192.0.2.10", 30080],
  ["2001:db8:2::10", 30080],
] as const;

const callers: readonly Place[] = ["client", "pod1", "pod4", "node"];

/** A stream, and datagrams that fit into a packet, and into 3, 7 and 21 fragments. */
const sizes: readonly (readonly [protocol: Protocol, bytes: number])[] = [
  ["tcp", 200_000],
  ["udp", 1_400],
  ["udp", 4_000],
  ["udp", 9_000],
  ["udp", 30_000],
];

describeWithLab("large packets", ({ lab, ipv6Affinity }) => {
  describe.each(endpoints)("to $pod", ({ others }) => {
    beforeEach(async () => {
      const edit: Edit = (manifests) => without(...others)(ports(manifests));
      await lab().load(printRuleset(await state("load-balancer-dual-stack", ipv6Affinity, edit)));
    });

    test.each(sizes)("B-080 %s, %d bytes there and back, by each frontend from everywhere", async (protocol, bytes) => {
      for (const from of callers) {
        // Not at once: more of the largest datagrams than a socket can hold.
        for (const [to, port] of frontends) {
          const came = await lab().bulk({ from, to, port, protocol, patience }, bytes);
          expect([from, to, came]).toEqual([from, to, "whole"]);
        }
      }
    });
  });

  /** A route of the node that large packets do not fit through, on the way there or back. */
  const narrow: readonly { what: string; from: Place; to: Place; device: string }[] = [
    { what: "there", from: "client", to: "pod1", device: "veth-pod1" },
    { what: "there", from: "pod4", to: "pod1", device: "veth-pod1" },
    { what: "back", from: "client", to: "client", device: "eth0" },
    { what: "back", from: "pod4", to: "pod4", device: "veth-pod4" },
  ];

  test.each(narrow)("B-080 a narrow route on the way $what: who sends to $from's Service learns of it", async (row) => {
    const { what, from, to: place, device } = row;
    const edit: Edit = (manifests) => without("10.244.2.11", "fd00:10:244:2::11")(ports(manifests));
    await lab().load(printRuleset(await state("load-balancer-dual-stack", ipv6Affinity, edit)));
    const route = async (action: string, mtu: string) => {
      for (const family of [4, 6]) {
        const address = addresses[place].find((each) => familyOf(each) === family) ?? "";
        const words = ["ip", `-${family}`, "route", action, address, "dev", device, ...mtu.split(" ").filter(Boolean)];
        expect(await lab().run("node", words)).toMatchObject({ exitCode: 0 });
      }
    };
    await route("replace", "mtu 1300");
    try {
      for (const [to, port] of frontends) {
        expect([to, await lab().bulk({ from, to, port, patience }, 200_000)]).toEqual([to, "whole"]);
        if (what === "back") continue;
        // It was told about the address that it called, and knows no other.
        const { stdout } = await lab().run(hostOf(from), ["ip", "route", "get", to]);
        expect(stdout).toContain("mtu 1300");
      }
    } finally {
      if (place === "client") await route("del", "");
      else await route("replace", "");
    }
  });
});
