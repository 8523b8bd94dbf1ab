import { expect } from "@jest/globals";
import { withNetlink } from "../../../src/io/netlink/netlink.ts";
import { affinityMemory, forget } from "../../../src/io/nft/affinity.ts";
import type { Family } from "../../../src/model/address.ts";
import { clientReader, type RememberedClient } from "../../../src/netlink/affinity.ts";
import { elementsRequest } from "../../../src/netlink/element-dump.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const never = new AbortController().signal;
const map = "affinity-tcp";

/** `client` number n is at one of two endpoints of one of two frontends. */
const worlds = {
  ip: { client: (n: number) => `172.16.${n >> 8}.${n & 255}`, frontend: "10.96.0.1", endpoint: "10.244.0.1" },
  ip6: { client: (n: number) => `2001:db8::1:${n.toString(16)}`, frontend: "fd00:96::1", endpoint: "fd00:244::1" },
} as const;

/** A table with an affinity map, filled by nft as packets would. nft 1.0.6 cannot add to such maps of IPv6. */
async function withClients(nft: string, family: Family, count: number, body: (space: NetNamespace) => Promise<void>) {
  const space = await NetNamespace.start();
  const { client, frontend, endpoint } = worlds[family];
  const fields = [`${family} saddr . ${family} daddr . tcp dport`, `${family} daddr . tcp dport`];
  const elements = Array.from(
    { length: count },
    (_, n) => `${client(n)} . ${frontend}${n % 2} . 80 timeout 1h : ${endpoint}${n % 3 === 0 ? 1 : 2} . 8080`,
  );
  const commands = [
    `add table ${family} kube-nft`,
    `add map ${family} kube-nft ${map} { typeof ${fields.join(" : ")}; flags dynamic,timeout; size 262144; }`,
    ...(count > 0 ? [`add element ${family} kube-nft ${map} { ${elements.join(", ")} }`] : []),
  ];
  try {
    await space.must([nft, "-f", "-"], commands.join("\n"));
    await space.withPrograms(["socat"], () => body(space));
  } finally {
    await space.close();
  }
}

const keysOf = (family: Family) =>
  withNetlink(async (ask) => {
    const read = clientReader(family);
    const keys: Uint8Array[] = [];
    await ask(elementsRequest(family, map), (message) => {
      for (const client of read(message)) keys.push(client.key());
    });
    return keys;
  });

for (const family of ["ip", "ip6"] as const) {
  kernelTest(`${family}: clients whose endpoint is gone are forgotten, and all others stay`, (nft) =>
    withClients(nft, family, 3000, async (space) => {
      const { client, frontend, endpoint } = worlds[family];
      const sources = new Set<string>();
      const isStale = ({ path, source }: RememberedClient) => {
        sources.add(source());
        expect([path.destination, path.destinationPort, path.endpointPort]).toEqual([
          expect.stringContaining(frontend),
          80,
          8080,
        ]);
        return path.endpoint === `${endpoint}1`;
      };
      const all = { clients: 3000, forgotten: 1000, isWhole: true };
      expect(await affinityMemory.forget(family, "tcp", isStale, never)).toEqual(all);
      expect(sources).toEqual(new Set(Array.from({ length: 3000 }, (_, n) => client(n))));
      expect(await affinityMemory.forget(family, "tcp", isStale, never)).toEqual({
        ...all,
        clients: 2000,
        forgotten: 0,
      });
      const left = await space.must([nft, "list", "map", family, "kube-nft", map]);
      expect(left).not.toContain(`${endpoint}1 `);
    }),
  );

  for (const kind of ["destroy", "delete"] as const) {
    kernelTest(`${family}, ${kind}: a client that has gone meanwhile does not keep others`, (nft) =>
      withClients(nft, family, 2000, async (space) => {
        const keys = await keysOf(family);
        const { client, frontend } = worlds[family];
        for (const n of [0, 1, 999])
          await space.must([
            nft,
            `delete element ${family} kube-nft ${map} { ${client(n)} . ${frontend}${n % 2} . 80 }`,
          ]);
        await withNetlink((_, tell) => forget(tell, family, map, keys.slice(20), kind));
        await withNetlink((_, tell) => forget(tell, family, map, keys.slice(0, 40), kind));
        expect(await keysOf(family)).toEqual([]);
      }),
    );
  }
}

kernelTest("without a map, nobody is remembered", (nft) =>
  withClients(nft, "ip", 0, async () => {
    const isStale = () => true;
    expect(await affinityMemory.forget("ip", "udp", isStale, never)).toEqual({
      clients: 0,
      forgotten: 0,
      isWhole: true,
    });
  }),
);
