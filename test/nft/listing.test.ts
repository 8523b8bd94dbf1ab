import { describe, expect, test } from "@jest/globals";
import { listedLayout, parseListing } from "../../src/nft/listing.ts";
import type { Chain, NamedSet } from "../../src/nft/ruleset.ts";
import { addressSet, affinityMap, base, chain, hook, services, table } from "./values.ts";

/** As nft 1.0.6 and 1.1.3 list a table with `-y -t`. */
const listed = `table ip kube-nft {
	comment "a comment"
	map services {
		type ipv4_addr : verdict
	}

	map affinity {
		typeof ip saddr : ip daddr
		size 16
		flags dynamic,timeout
	}

	set s {
		typeof ip saddr
	}

	chain base {
		type nat hook prerouting priority -100; policy accept;
		ip daddr vmap @services
	}

	chain empty {
	}

	chain a {
		meta l4proto tcp reject with tcp reset
		comment "}"
		reject
	}
}
`;

const listing = parseListing(listed);

test("a listing has the sets and maps with their declarations, and the chains with their rules", () => {
  expect([...listing.sets]).toEqual([
    ["services", { kind: "map", declaration: "\t\ttype ipv4_addr : verdict\n" }],
    [
      "affinity",
      { kind: "map", declaration: "\t\ttypeof ip saddr : ip daddr\n\t\tsize 16\n\t\tflags dynamic,timeout\n" },
    ],
    ["s", { kind: "set", declaration: "\t\ttypeof ip saddr\n" }],
  ]);
  expect([...listing.chains]).toEqual([
    ["base", "\t\ttype nat hook prerouting priority -100; policy accept;\n\t\tip daddr vmap @services\n"],
    ["empty", ""],
    ["a", '\t\tmeta l4proto tcp reject with tcp reset\n\t\tcomment "}"\n\t\treject\n'],
  ]);
});

test.each(["", "table ip kube-nft {\n}\n", "no listing at all"])("%j has nothing", (text) => {
  expect(parseListing(text)).toEqual({ sets: new Map(), chains: new Map() });
});

test("sets and chains declared as desired are recognized, without elements and rules", () => {
  const desired = table(
    [services({ "10.0.0.1": "a" }), affinityMap(), addressSet("s", "192.0.2.1")],
    [base([{ kind: "drop" }]), chain("empty"), chain("a", [{ kind: "drop" }])],
  );
  const { family, sets, chains } = listedLayout(listing, desired);
  expect(family).toBe("ip");
  expect([...sets.values()]).toEqual([services({}), affinityMap(), addressSet("s")]);
  expect([...chains.values()]).toEqual([base(), chain("empty"), chain("a")]);
});

describe("other declarations are distinguished from the desired ones", () => {
  test.each<[string, NamedSet]>([
    ["a set that is a map here", { ...addressSet("s"), value: [{ kind: "daddr" }] }],
    ["a map that is a set here", { ...services({}), value: undefined }],
    ["another key", { ...addressSet("s"), key: [{ kind: "daddr" }] }],
    ["another value", { ...services({}), value: [{ kind: "daddr" }] }],
    ["another size", { ...affinityMap(), size: 17 }],
    ["a flag", { ...addressSet("s"), flag: "interval" }],
    ["a counter", { ...services({}), counter: true }],
  ])("%s", (_, set) => {
    expect(listedLayout(listing, table([set], [])).sets.get(set.name)).not.toEqual({ ...set, elements: [] });
  });

  test.each<[string, Chain]>([
    ["another priority", { ...base(), hook: { ...hook, priority: 0 } }],
    ["another hook", { ...base(), hook: { ...hook, hook: "output" } }],
    ["another type", { ...base(), hook: { ...hook, type: "filter" } }],
    ["none", chain("base")],
    ["one where there is none", { name: "a", hook, rules: [] }],
  ])("%s", (_, each) => {
    expect(listedLayout(listing, table([], [each])).chains.get(each.name)?.hook).not.toEqual(each.hook);
  });

  test("another policy", () => {
    const dropping = parseListing(listed.replace("policy accept", "policy drop"));
    expect(listedLayout(dropping, table([], [base()])).chains.get("base")?.hook).not.toEqual(hook);
  });
});

test("undesired sets and chains are listed by name and kind", () => {
  const { sets, chains } = listedLayout(listing, table([], []));
  expect([...sets.values()].map(({ name, value }) => [name, value !== undefined])).toEqual([
    ["services", true],
    ["affinity", true],
    ["s", false],
  ]);
  expect([...chains.keys()]).toEqual(["base", "empty", "a"]);
});
