import { expect, test } from "@jest/globals";
import { legacyChains, readAllChains } from "../../../src/io/nft/all-chains.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

rootTest("the chains of all programs' tables, with their hooks, policies and rules", async () => {
  const namespace = await NetNamespace.start();
  try {
    expect(await namespace.withPrograms(["socat"], readAllChains)).toEqual([]);
    await namespace.must(
      ["nft", "-f", "-"],
      `table inet firewalld {
        chain forward { type filter hook forward priority 10; policy drop; ct state established accept; tcp dport 80 accept; }
        chain input { type filter hook input priority 10; policy accept; }
      }
      table ip nat { chain KUBE-SERVICES { }; chain POSTROUTING { type nat hook postrouting priority 100; jump KUBE-SERVICES; }; }`,
    );
    const chain = { family: "inet", table: "firewalld", hook: undefined, drops: false, uses: 0 };
    expect(await namespace.withPrograms(["socat"], readAllChains)).toEqual([
      { ...chain, name: "forward", hook: "forward", drops: true, uses: 2 },
      { ...chain, name: "input", hook: "input" },
      { ...chain, family: "ip", table: "nat", name: "KUBE-SERVICES", uses: 1 },
      { ...chain, family: "ip", table: "nat", name: "POSTROUTING", hook: "postrouting", uses: 1 },
    ]);
  } finally {
    await namespace.close();
  }
});

test("the listing of iptables-legacy", () => {
  const listing = `-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER-USER
-N KUBE-FORWARD
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -j DOCKER-USER
-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
`;
  const chain = { family: "iptables-legacy", table: "filter", hook: undefined, drops: false, uses: 0 };
  expect(legacyChains("iptables-legacy", "filter", listing)).toEqual([
    { ...chain, name: "INPUT", hook: "input" },
    { ...chain, name: "FORWARD", hook: "forward", drops: true, uses: 2 },
    { ...chain, name: "OUTPUT", hook: "output" },
    { ...chain, name: "DOCKER-USER" },
    { ...chain, name: "KUBE-FORWARD", uses: 1 },
  ]);
});
