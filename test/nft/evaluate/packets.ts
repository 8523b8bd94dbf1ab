import type { Address } from "../../../src/model/address.ts";
import { protocols } from "../../../src/model/port.ts";
import { evaluator } from "../../../src/nft/evaluate/evaluate.ts";
import { fractionText } from "../../../src/nft/evaluate/fraction.ts";
import type { Given } from "../../../src/nft/evaluate/lookup.ts";
import { type Possibility, possibilities } from "../../../src/nft/evaluate/outcome.ts";
import type { Packet } from "../../../src/nft/evaluate/packet.ts";
import type { Table } from "../../../src/nft/ruleset.ts";
import { ip } from "../../compile/values.ts";

/** Packets for tests, and their outcomes as text. */

export const client = ip("192.0.2.1");
export const node = ip("192.0.2.10");
export const clusterIP = ip("10.96.0.1");

export const fromOutside: Packet = {
  protocol: "tcp",
  saddr: client,
  daddr: clusterIP,
  dport: 80,
  iifname: "eth0",
  conntrack: { kind: "new" },
};

export const fromNode: Packet = {
  protocol: "tcp",
  saddr: node,
  daddr: clusterIP,
  dport: 80,
  conntrack: { kind: "new" },
};

/** To each frontend of a table that has endpoints, from outside, from a pod and from this node. */
export function packetsToFrontends(table: Table): readonly Packet[] {
  const isIPv4 = table.family === "ip";
  const own = nodeAddress(table);
  const frontends = ["services", "node-ports"].flatMap((map) => table.sets.get(map)?.elements ?? []);
  return frontends.flatMap(({ key }): readonly Packet[] => {
    const [daddr, name, dport] = key.length === 3 ? key : [own, ...key];
    const protocol = protocols.find((each) => each === name) ?? "tcp";
    const packet = { protocol, daddr: ip(String(daddr)), dport: Number(dport), conntrack: { kind: "new" } } as const;
    return [
      { ...packet, saddr: ip(isIPv4 ? "192.0.2.1" : "2001:db8:2::1"), iifname: "eth0" },
      { ...packet, saddr: ip(isIPv4 ? "10.244.1.11" : "fd00:10:244:1::11"), iifname: "veth-pod1" },
      { ...packet, saddr: own },
    ];
  });
}

/** The address of the node in fixtures. */
export function nodeAddress({ family }: Table): Address {
  return ip(family === "ip" ? "192.0.2.10" : "2001:db8:2::10");
}

/** Each result with its probability, if that is not 1: `accepted`, `1/3 10.244.0.1:8080 masqueraded`. */
export function outcomesOf(table: Table, packet: Packet, given?: Given): readonly string[] {
  return possibilities(evaluator(table, new Set([node]))(packet, given)).map(possibilityText);
}

function possibilityText({ result, probability }: Possibility): string {
  const share = fractionText(probability);
  return share === "1" ? resultText(result) : `${share} ${resultText(result)}`;
}

function resultText(result: Possibility["result"]): string {
  switch (result.kind) {
    case "dropped":
      return "dropped";
    case "rejected":
      return `rejected with ${result.with}`;
    case "accepted": {
      const { endpoint, isMasqueraded } = result;
      const where = endpoint === undefined ? "accepted" : `${endpoint.address}:${endpoint.port}`;
      return isMasqueraded ? `${where} masqueraded` : where;
    }
  }
}
