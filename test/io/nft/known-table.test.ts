import { expect } from "@jest/globals";
import { setDeclarations } from "../../../src/compile/lower/nftables/sets.ts";
import { nftKernel } from "../../../src/io/nft/kernel.ts";
import { readKnown, readSets } from "../../../src/io/nft/known-table.ts";
import type { Family } from "../../../src/model/address.ts";
import { compareText } from "../../../src/model/service.ts";
import { isReadable } from "../../../src/netlink/element-dump.ts";
import { printElement, setDeclaration, setKind } from "../../../src/nft/print-set.ts";
import { printTransactions } from "../../../src/nft/print-transaction.ts";
import type { Element, NamedSet, Table } from "../../../src/nft/ruleset.ts";
import { diffTables } from "../../../src/nft/transaction.ts";
import { kernelTest, rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { withPath } from "../../support/with-path.ts";

/** Elements of our sets, as nft takes them. */
const elements: Readonly<Record<string, Readonly<Record<Family, readonly string[]>>>> = {
  services: {
    ip: [
      '10.96.0.10 . tcp . 80 comment "default/web:http" : goto c',
      "10.96.0.10 . sctp . 65535 : drop",
      `10.96.0.11 . udp . 53 comment "${"n".repeat(128)}" : goto c`,
      "255.255.255.255 . 17 . 1 : continue",
    ],
    ip6: ['fd00::a . tcp . 80 comment "default/web:http" : goto c'],
  },
  "node-ports": { ip: ['tcp . 30080 comment "default/web" : goto c'], ip6: ["udp . 30080 : jump c"] },
  "endpoints-tcp": {
    ip: ["10.96.0.10 . 80 . 0 : 10.244.1.11 . 8080", "10.96.0.10 . 80 . 32769 : 0.0.0.1 . 1"],
    ip6: ["fd00::a . 80 . 65535 : fd01::1:0:0:1 . 8080"],
  },
  "node-port-endpoints-udp": { ip: ["30053 . 7 : 10.244.1.11 . 5353"], ip6: ["30053 . 7 : ::ffff:0:1 . 5353"] },
  "sticky-frontends-tcp": { ip: ["10.96.0.10 . 80"], ip6: ["fd00::a . 80"] },
  "sticky-node-port-frontends-sctp": { ip: ["30000"], ip6: ["30000"] },
  "sticky-endpoints-tcp": {
    ip: ["10.96.0.10 . 80 . 10.244.1.11 . 8080 : return"],
    ip6: ["fd00::a . 80 . fd01::1 . 8080 : goto c"],
  },
  "cluster-ips": { ip: ["10.96.0.10"], ip6: ["fd00::a"] },
  hairpin: { ip: ["10.244.1.11 . 10.244.1.11"], ip6: ["fd01::1 . fd01::1"] },
  "allowed-sources-tcp": {
    ip: [
      "10.96.0.10 . 80 . 192.0.2.0/24",
      "10.96.0.10 . 80 . 198.51.100.7",
      "10.96.0.10 . 81 . 0.0.0.0/0",
      "10.96.0.10 . 82 . 10.0.0.1-10.0.0.6",
      "10.96.0.10 . 90-99 . 192.0.2.0/24",
      "10.96.0.12/30 . 1-65535 . 192.0.2.1",
    ],
    ip6: [
      "fd00::a . 80 . 2001:db8::/33",
      "fd00::a . 81 . ::/0",
      "fd00::a . 82 . 2001:db8::1",
      "fd00::a . 90-99 . 2001:db8::/33",
    ],
  },
};

/** What nft reads in another way than it is written. */
const readAs: Readonly<Record<string, string>> = {
  "255.255.255.255 . 17 . 1 : continue": "255.255.255.255 . udp . 1 : accept",
};

function setsOf(counters: boolean): readonly NamedSet[] {
  return setDeclarations(counters)
    .filter(({ name }) => name in elements)
    .map((set) => ({ ...set, elements: [] }));
}

async function load(namespace: NetNamespace, nft: string, family: Family, sets: readonly NamedSet[]) {
  const blocks = sets.map(
    (set) => `${setKind(set)} ${set.name} {\n${setDeclaration(family, set).join("\n")}
      elements = { ${elements[set.name]?.[family].join(", ")} }\n}\n`,
  );
  await namespace.must([nft, "-f", "-"], `table ${family} kube-nft {\nchain c { }\n${blocks.join("")}}\n`);
}

for (const family of ["ip", "ip6"] as const) {
  kernelTest(`the kernel's elements are read as they were written: ${family}`, async (nft) => {
    const namespace = await NetNamespace.start();
    try {
      for (const counters of [false, true]) {
        const sets = setsOf(counters);
        expect(sets.filter(isReadable).map(({ name }) => name)).toEqual(sets.map(({ name }) => name));
        await load(namespace, nft, family, sets);
        const read = await namespace.withPrograms(["socat"], () => readSets(family, Object.keys(elements), counters));
        for (const set of sets) {
          const lines = read.get(set.name)?.map((element) => printElement(set, element)) ?? [];
          const expected = elements[set.name]?.[family].map((line) => readAs[line] ?? line) ?? [];
          expect([set.name, [...lines].sort()]).toEqual([set.name, [...expected].sort()]);
        }
        await namespace.must([nft, "flush", "ruleset"]);
      }
    } finally {
      await namespace.close();
    }
  });
}

/** A value that no element of a map above has. */
function otherValue({ value }: Pick<NamedSet, "value">): Partial<Element> {
  if (value === undefined) return {};
  return { value: value === "verdict" ? { kind: "goto", chain: "elsewhere" } : ["192.0.2.1", 9] };
}

for (const family of ["ip", "ip6"] as const) {
  kernelTest(`an element as expected is the expected object, and nothing else is: ${family}`, async (nft) => {
    const namespace = await NetNamespace.start();
    try {
      const sets = setsOf(false);
      await load(namespace, nft, family, sets);
      const names = sets.map(({ name }) => name);
      const read = await namespace.withPrograms(["socat"], () => readSets(family, names, false));
      const expecting = (change: (set: NamedSet) => Partial<Element>): Table => {
        const changed = (set: NamedSet) => read.get(set.name)?.map((each) => ({ ...each, ...change(set) })) ?? [];
        return {
          family,
          sets: new Map(sets.map((set) => [set.name, { ...set, elements: changed(set) }])),
          chains: new Map(),
        };
      };
      for (const [table, isSame] of [
        [expecting(() => ({})), true],
        [expecting(otherValue), false],
        [expecting(({ value }) => (value === "verdict" ? { owner: "somebody/else" } : otherValue({ value }))), false],
      ] as const) {
        const found = await namespace.withPrograms(["socat"], () => readKnown(table));
        for (const set of table.sets.values()) {
          const elements = found?.sets.get(set.name)?.elements ?? [];
          expect([set.name, inKeyOrder(elements)]).toEqual([set.name, inKeyOrder(read.get(set.name) ?? [])]);
          // Networks are compared as texts; what is expected never has IPv4-mapped addresses.
          const canBeSame = set.flag !== "interval" && (isSame || set.value === undefined);
          const same = canBeSame ? elements.filter(({ value }) => !String(value).startsWith("::ffff:")).length : 0;
          expect([set.name, elements.filter((each) => set.elements.includes(each)).length]).toEqual([set.name, same]);
        }
      }
    } finally {
      await namespace.close();
    }
  });
}

rootTest("many elements are read whole, even while others change nftables", async () => {
  const namespace = await NetNamespace.start();
  try {
    const addresses = Array.from({ length: 50_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    const text = `table ip kube-nft {\nset cluster-ips { typeof ip daddr; elements = { ${addresses} }; }\n}\n`;
    await namespace.must(["nft", "-f", "-"], text);
    const others = namespace.must(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do nft add table ip other-$i; done"]);
    const read = await namespace.withPrograms(["socat"], () => readSets("ip", ["cluster-ips"], false));
    await others;
    expect(new Set(read.get("cluster-ips")?.map(({ key }) => key[0]))).toEqual(new Set(addresses));
  } finally {
    await namespace.close();
  }
});

for (const family of ["ip", "ip6"] as const) {
  kernelTest(`sets that are declared differently are recognized: ${family}`, async (nft) => {
    const namespace = await NetNamespace.start();
    const known = async (table: Table) => {
      const found = await namespace.withPrograms(["socat"], () => readKnown(table));
      return [...(found?.sets.values() ?? [])].filter(({ key }) => key.length > 0).map(({ name }) => name);
    };
    try {
      for (const counters of [false, true]) {
        const sets = setDeclarations(counters).map((set) => ({ ...set, elements: [] }));
        const table = { family, sets: new Map(sets.map((set) => [set.name, set])), chains: new Map() };
        const unlike = sets.map((set) => ({ ...set, ...otherwise(set) }));
        expect(await known(table)).toEqual([]);
        await namespace.must([nft, "-f", "-"], printTransactions([diffTables(undefined, table)]));
        expect(await known(table)).toEqual(sets.map(({ name }) => name));
        expect(await known({ ...table, sets: new Map(unlike.map((set) => [set.name, set])) })).toEqual([]);
        await namespace.must([nft, "flush", "ruleset"]);
      }
    } finally {
      await namespace.close();
    }
  });
}

/** One thing about a set's declaration that is another. */
function otherwise({ name, key, value, flag, size, counter }: NamedSet): Partial<NamedSet> {
  switch (name) {
    case "services":
      return { counter: counter !== true };
    case "node-ports":
      return { key: [...key].reverse() };
    case "pod-cidrs":
      return { flag: "dynamic" };
    case "affinity-tcp":
      return { size: (size ?? 0) + 1 };
    case "affinity-udp":
      return flag === undefined ? {} : { value: key };
    case "hairpin":
      return { value: "verdict" };
    default:
      return value === undefined
        ? { key: [...key, { kind: "slot" }] }
        : { value: value === "verdict" ? key : "verdict" };
  }
}

kernelTest("a missing table is undefined, and others are not mistaken for it", async (nft) => {
  const namespace = await NetNamespace.start();
  const chains = async () => {
    const desired: Table = { family: "ip", sets: new Map(), chains: new Map() };
    const found = await namespace.withPrograms(["socat"], () => readKnown(desired));
    return found && Object.fromEntries([...found.chains.values()].map(({ name, hook }) => [name, hook]));
  };
  const hook = "type nat hook postrouting priority -101";
  try {
    expect(await chains()).toBeUndefined();
    const others = `table ip kube-nft-2 {\nchain a { }\n}\ntable ip6 kube-nft {\nset s { type ipv6_addr; }\nchain b { }\n}\n`;
    await namespace.must([nft, "-f", "-"], others);
    expect(await chains()).toBeUndefined();
    await namespace.must(
      [nft, "-f", "-"],
      `table ip kube-nft {\nchain c { ${hook}; }\nchain d { tcp dport { 1, 2 } accept; }\n}\n`,
    );
    expect(await chains()).toEqual({ c: { type: "nat", hook: "postrouting", priority: -101 }, d: undefined });
  } finally {
    await namespace.close();
  }
});

rootTest("if the kernel cannot be read, nft lists the table without elements", async () => {
  const namespace = await NetNamespace.start();
  try {
    const set: NamedSet = { name: "cluster-ips", key: [{ kind: "daddr" }], value: undefined, elements: [] };
    const table: Table = { family: "ip", sets: new Map([[set.name, set]]), chains: new Map() };
    await namespace.must(["nft", "-f", "-"], printTransactions([diffTables(undefined, table)]));
    const said: unknown[] = [];
    const kernel = nftKernel({ onUnread: (family, error) => said.push([family, String(error)]) });
    const found = await namespace.withPrograms(["nft"], () => withoutSocat(() => kernel.readTable(table)));
    expect(found).toEqual({ ...table, unread: new Set(["cluster-ips"]) });
    expect(said).toEqual([["ip", expect.stringContaining("socat")]]);
  } finally {
    await namespace.close();
  }
});

/** While `body` runs, only this namespace's programs are found, and what they need. */
function withoutSocat<T>(body: () => Promise<T>): Promise<T> {
  const [own = ""] = process.env["PATH"]?.split(":") ?? [];
  return withPath(own, body);
}

/** The kernel moves elements while it makes room for more, and lists them in another order then. */
function inKeyOrder(elements: readonly Element[]): readonly Element[] {
  return elements.toSorted((a, b) => compareText(a.key.join(), b.key.join()));
}
