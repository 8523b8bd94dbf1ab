import { describe, expect, test } from "@jest/globals";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import type { Table } from "../../src/nft/ruleset.ts";
import { diffTables, restoreTable } from "../../src/nft/transaction.ts";
import { addressSet, affinityMap, base, chain, hook, services, table, vmapRule } from "./values.ts";

const drop = [{ kind: "drop" }] as const;
const accept = [{ kind: "accept" }] as const;

function lines(from: Table | undefined, to: Table): readonly string[] {
  return printTransactions([diffTables(from, to)])
    .split("\n")
    .slice(0, -1);
}

const web = table([services({ "10.0.0.1": "a" })], [base(vmapRule), chain("a", drop)]);

describe("the transaction from one table to another", () => {
  test.each<[string, Table | undefined, Table, readonly string[]]>([
    ["has nothing to do between equal ones", web, web, []],
    [
      "makes all of it where there is none: sets and chains before what names them",
      undefined,
      web,
      [
        "add table ip kube-nft",
        "add map ip kube-nft services { type ipv4_addr : verdict; }",
        "add chain ip kube-nft base { type nat hook prerouting priority -100; }",
        "add chain ip kube-nft a",
        "add element ip kube-nft services { 10.0.0.1 : goto a }",
        "add rule ip kube-nft base ip daddr vmap @services",
        "add rule ip kube-nft a drop",
      ],
    ],
    [
      "adds and removes elements, the old ones first",
      web,
      table([services({ "10.0.0.2": "a" })], [base(vmapRule), chain("a", drop)]),
      ["delete element ip kube-nft services { 10.0.0.1 }", "add element ip kube-nft services { 10.0.0.2 : goto a }"],
    ],
    [
      "removes and adds an element whose value changes",
      table([services({ "10.0.0.1": "a" })], [base(vmapRule), chain("a", drop), chain("b", drop)]),
      table([services({ "10.0.0.1": "b" })], [base(vmapRule), chain("a", drop), chain("b", drop)]),
      ["delete element ip kube-nft services { 10.0.0.1 }", "add element ip kube-nft services { 10.0.0.1 : goto b }"],
    ],
    [
      "and one whose comment changes",
      table([services({ "10.0.0.1": "a" }, "default/old")], [base(vmapRule), chain("a", drop)]),
      table([services({ "10.0.0.1": "a" }, "default/new")], [base(vmapRule), chain("a", drop)]),
      [
        "delete element ip kube-nft services { 10.0.0.1 }",
        'add element ip kube-nft services { 10.0.0.1 comment "default/new" : goto a }',
      ],
    ],
    [
      "makes a chain before elements lead to it, and deletes one after",
      web,
      table([services({ "10.0.0.1": "b" })], [base(vmapRule), chain("b", accept)]),
      [
        "add chain ip kube-nft b",
        "flush chain ip kube-nft a",
        "delete element ip kube-nft services { 10.0.0.1 }",
        "add element ip kube-nft services { 10.0.0.1 : goto b }",
        "add rule ip kube-nft b accept",
        "delete chain ip kube-nft a",
      ],
    ],
    [
      "writes a chain's rules anew where one differs",
      web,
      table([services({ "10.0.0.1": "a" })], [base(vmapRule), chain("a", accept, drop)]),
      ["flush chain ip kube-nft a", "add rule ip kube-nft a accept", "add rule ip kube-nft a drop"],
    ],
    [
      "deletes a set after the rules that name it",
      table([addressSet("s", "10.0.0.1")], [base([{ kind: "member", key: [{ kind: "saddr" }], set: "s" }, ...drop])]),
      table([], [base(drop)]),
      [
        "flush chain ip kube-nft base",
        "flush set ip kube-nft s",
        "add rule ip kube-nft base drop",
        "delete set ip kube-nft s",
      ],
    ],
    [
      "replaces the table where a set has another type",
      table([{ ...addressSet("services"), key: [{ kind: "daddr" }] }], []),
      table([services({})], []),
      [
        "add table ip kube-nft",
        "delete table ip kube-nft",
        "add table ip kube-nft",
        "add map ip kube-nft services { type ipv4_addr : verdict; }",
      ],
    ],
    [
      "or another size",
      table([affinityMap()], []),
      table([{ ...affinityMap(), size: 32 }], []),
      [
        "add table ip kube-nft",
        "delete table ip kube-nft",
        "add table ip kube-nft",
        "add map ip kube-nft affinity { typeof ip saddr : ip daddr; flags dynamic,timeout; size 32; }",
      ],
    ],
    [
      "and where a chain has another hook",
      table([], [{ ...base(drop), hook: { ...hook, priority: -90 } }]),
      table([], [base(drop)]),
      [
        "add table ip kube-nft",
        "delete table ip kube-nft",
        "add table ip kube-nft",
        "add chain ip kube-nft base { type nat hook prerouting priority -100; }",
        "add rule ip kube-nft base drop",
      ],
    ],
  ])("%s", (_, from, to, expected) => {
    expect(lines(from, to)).toEqual(expected);
  });
});

test("a missing or unsuitable table is created and filled", () => {
  expect(restoreTable(undefined, web)).toEqual(diffTables(undefined, web));
  const other = table([{ ...addressSet("services"), key: [{ kind: "daddr" }] }], []);
  expect(restoreTable({ ...other, unread: new Set() }, web)).toEqual(diffTables(other, web));
});
