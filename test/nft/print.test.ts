import { describe, expect, test } from "@jest/globals";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { printElement, verdictComment } from "../../src/nft/print-set.ts";
import { printOwnedLines, printTransactions } from "../../src/nft/print-transaction.ts";
import type { Element, NamedSet } from "../../src/nft/ruleset.ts";
import { diffTables } from "../../src/nft/transaction.ts";
import { addressSet, base, chain, services, table, vmapRule } from "./values.ts";

const drop = [{ kind: "drop" }] as const;

test("a ruleset replaces its table, and has a block for each set and chain", () => {
  const web = table(
    [services({ "10.0.0.1": "a", "10.0.0.2": "a" }, "default/web"), addressSet("s"), addressSet("t", "192.0.2.1")],
    [base(vmapRule), { ...chain("a", drop), note: "what nobody may do" }],
  );
  expect(printRuleset([web])).toBe(`table ip kube-nft
delete table ip kube-nft
table ip kube-nft {
  map services {
    type ipv4_addr : verdict;
    elements = {
      10.0.0.1 comment "default/web" : goto a,
      10.0.0.2 comment "default/web" : goto a,
    }
  }

  set s {
    typeof ip saddr;
  }

  set t {
    typeof ip saddr;
    elements = {
      192.0.2.1,
    }
  }

  chain base {
    type nat hook prerouting priority -100;
    ip daddr vmap @services
  }

  # what nobody may do
  chain a {
    drop
  }
}
`);
});

test("the name of a service port is printed above its elements if they cannot have comments", () => {
  const elements: readonly Element[] = [
    { key: ["10.0.0.1"], owner: "default/a" },
    { key: ["10.0.0.2"], owner: "default/a" },
    { key: ["10.0.0.3"], owner: "default/b" },
    { key: ["10.0.0.4"] },
  ];
  expect(printRuleset([table([{ ...addressSet("s"), elements }], [])])).toContain(`
      # default/a
      10.0.0.1,
      10.0.0.2,
      # default/b
      10.0.0.3,
      10.0.0.4,
`);
});

test("both families are separate, and no family is no text", () => {
  const empty = table([], []);
  expect(printRuleset([empty, { ...empty, family: "ip6" }])).toBe(
    ["ip", "ip6"]
      .map((family) => `table ${family} kube-nft\ndelete table ${family} kube-nft\ntable ${family} kube-nft {\n}\n`)
      .join("\n"),
  );
  expect(printRuleset([])).toBe("");
  expect(printTransactions([])).toBe("");
});

describe("nft before 1.1.3 takes 100 networks at once", () => {
  const addresses = Array.from({ length: 250 }, (_, index) => `10.0.${index}.0/24`);
  const interval: NamedSet = { ...addressSet("s", ...addresses), flag: "interval" };

  test("a ruleset has the others in commands of their own", () => {
    const text = printRuleset([table([interval], [])]);
    const [block = "", rest = ""] = text.split(/(?<=^\}\n)/m);
    expect(block.match(/^ {6}10/gm)).toHaveLength(100);
    expect(rest.match(/^add element ip kube-nft s \{ .* \}$/gm)).toHaveLength(2);
    expect(text.match(/10\.0\.\d+\.0\/24/g)).toEqual(addresses);
  });

  test("so does a transaction", () => {
    const from = table([{ ...interval, elements: interval.elements.slice(0, 101) }], []);
    const text = printTransactions([
      diffTables(from, table([{ ...interval, elements: interval.elements.slice(101) }], [])),
    ]);
    const counts = text.split("\n").map((line) => `${line.split(" ", 1)[0]} ${line.match(/\/24/g)?.length ?? 0}`);
    expect(counts).toEqual(["delete 100", "delete 1", "add 100", "add 49", " 0"]);
  });
});

describe("each line of a transaction belongs to one service port at most", () => {
  const elements = ["a", "b", "a"].map(
    (owner, index): Element => ({ key: [`10.0.0.${index}`], owner: `default/${owner}` }),
  );

  const nothing = { text: "add table ip kube-nft\n", owner: undefined };

  test("says the same as all of it, and nft does not join it with the line before", () => {
    const owned = printOwnedLines(diffTables(undefined, table([{ ...addressSet("s"), elements }], [base(drop)])));
    expect(owned).toEqual([
      nothing,
      { text: "add set ip kube-nft s { typeof ip saddr; }\n", owner: undefined },
      { text: "add chain ip kube-nft base { type nat hook prerouting priority -100; }\n", owner: undefined },
      nothing,
      { text: "add element ip kube-nft s { 10.0.0.0, 10.0.0.2 }\n", owner: "default/a" },
      nothing,
      { text: "add element ip kube-nft s { 10.0.0.1 }\n", owner: "default/b" },
      { text: "add rule ip kube-nft base drop\n", owner: undefined },
    ]);
  });

  test("is counted in the same way by nft", () => {
    const owner = "default/many";
    const many = Array.from(
      { length: 10001 },
      (_, index): Element => ({ key: [`10.0.${index >> 8}.${index & 255}`], owner }),
    );
    const lines = printOwnedLines(
      diffTables(table([addressSet("s")], []), table([{ ...addressSet("s"), elements: many }], [])),
    );
    expect(lines.map((line) => line.owner)).toEqual([undefined, owner, undefined, owner]);
    for (const { text } of lines) expect(text.indexOf("\n")).toBe(text.length - 1);
  });
});

test("a comment is not too long for nft", () => {
  const set = { value: "verdict" } as const;
  const element = (owner: string): Element => ({ key: ["10.0.0.1"], value: { kind: "drop" }, owner });
  expect(verdictComment(set, element("a".repeat(128)))).toBe("a".repeat(128));
  expect(verdictComment(set, element("a".repeat(129)))).toBe(`${"a".repeat(125)}...`);
  expect(printElement(set, element("default/web"))).toBe('10.0.0.1 comment "default/web" : drop');
  expect(printElement({ value: undefined }, { key: ["10.0.0.1"], owner: "default/web" })).toBe("10.0.0.1");
});
