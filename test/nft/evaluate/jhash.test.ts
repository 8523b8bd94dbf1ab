import { expect } from "@jest/globals";
import fc from "fast-check";
import { addressBytes, addressOfBytes, type Family, families } from "../../../src/model/address.ts";
import { jhashModulo } from "../../../src/nft/evaluate/jhash.ts";
import { hashSeed, printField } from "../../../src/nft/print-rule.ts";
import { rootTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

/** The last one shows 31 bits of the hash. */
const moduli = [1, 3, 1000, 2 ** 31];

const sources: Readonly<Record<Family, readonly string[]>> = {
  ip: arbitraryAddresses(3).map((rest) => addressOfBytes([127, ...rest])),
  ip6: arbitraryAddresses(15).map((rest) => addressOfBytes([0xfd, ...rest])),
};

rootTest("the kernel computes the same hashes of source addresses", async () => {
  const namespace = await NetNamespace.start();
  try {
    const adding = sources.ip6.map((address) => `address add ${address}/128 dev lo nodad\n`);
    await namespace.must(["ip", "-batch", "-"], adding.join(""));
    await namespace.must(["nft", "-f", "-"], families.map(hashingTable).join(""));
    const sending = 'for to in "$@"; do echo | socat -u - "$to"; done';
    await namespace.must(["sh", "-c", sending, "sh", ...families.flatMap(datagrams)]);
    for (const family of families) {
      for (const [index, modulus] of moduli.entries()) {
        const listing = await namespace.must(["nft", "list", "set", family, "hashes", `seen${index}`]);
        const seen = [...listing.matchAll(/([\da-f.:]+) \. (0x[\da-f]+)/g)];
        expect(Object.fromEntries(seen.map(([, source, hash]) => [source, Number(hash)]))).toEqual(
          Object.fromEntries(
            sources[family].map((source) => [source, jhashModulo(addressBytes(source) ?? [], hashSeed + 1, modulus)]),
          ),
        );
      }
    }
  } finally {
    await namespace.close();
  }
});

/** Has the kernel note the hashes of what leaves for port 9. */
function hashingTable(family: Family): string {
  const lines = moduli.flatMap((modulus, index) => [
    `add set ${family} hashes seen${index} { typeof ${family} saddr . meta mark; flags dynamic; size 1000; }`,
    `add rule ${family} hashes output udp dport 9 meta mark set ${printField(family, { kind: "jhashSaddr", modulus, offset: 0, seed: 1 })}`,
    `add rule ${family} hashes output udp dport 9 update @seen${index} { ${family} saddr . meta mark }`,
  ]);
  const chain = `add chain ${family} hashes output { type filter hook output priority 0; }`;
  return `${[`add table ${family} hashes`, chain, ...lines].join("\n")}\n`;
}

/** A socat address for each source. */
function datagrams(family: Family): readonly string[] {
  return sources[family].map((source) =>
    family === "ip" ? `UDP4-DATAGRAM:127.0.0.1:9,bind=${source}` : `UDP6-DATAGRAM:[::1]:9,bind=[${source}]`,
  );
}

function arbitraryAddresses(length: number): readonly (readonly number[])[] {
  const bytes = fc.array(fc.integer({ min: 1, max: 254 }), { minLength: length, maxLength: length });
  return fc.sample(bytes, { numRuns: 30, seed: 1 });
}
