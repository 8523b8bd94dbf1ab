import { describe, expect } from "@jest/globals";
import { listingDifferences, listingLines } from "../paths/listing.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { NetNamespace } from "../support/net-namespace.ts";
import type { Layout } from "./layouts/layout.ts";
import { layouts } from "./layouts/layouts.ts";
import { type SyntheticService, syntheticServices } from "./synthetic.ts";

const base = syntheticServices({ services: 4, endpoints: 3 });
const withPods = (pods: readonly number[]) => base.map((each, i) => (i === 1 ? { ...each, pods } : each));

const clusters: readonly (readonly [string, readonly SyntheticService[]])[] = [
  ["another endpoint, and one more on this node", withPods([4, 5, 70, 501])],
  ["an endpoint less, and a Service less", withPods([4]).slice(1)],
  ["a Service more", [...base, { index: 9, protocol: "UDP", isSticky: false, pods: [8, 9] }]],
];

describe.each(layouts.map((layout) => [layout.name, layout] as const))("%s", (_, layout) => {
  kernelTest(
    "a change leaves what a load gives, and so does restoring tables that others have emptied",
    async (nft) => {
      const site = await Tables.start(nft);
      try {
        await site.apply(layout.load(base));
        const tables = (await site.list()).filter((line) => /^table \S+ \S+ \{$/.test(line));
        const flush = tables.map((line) => `flush ${line.slice(0, -2)}\n`).join("");
        for (const [name, cluster] of clusters) {
          const expected = await loaded(nft, layout, cluster);
          await site.apply(layout.change(base, cluster));
          expect([name, listingDifferences(expected, await site.list())]).toEqual([name, []]);
          await site.apply(flush);
          expect(await site.list()).not.toEqual(expected);
          await site.apply(await layout.restore(cluster, site.namespace));
          expect([name, listingDifferences(expected, await site.list())]).toEqual([name, []]);
          await site.apply(layout.change(cluster, base));
        }
        expect(listingDifferences(await loaded(nft, layout, base), await site.list())).toEqual([]);
      } finally {
        await site.close();
      }
    },
  );
});

async function loaded(nft: string, layout: Layout, services: readonly SyntheticService[]): Promise<readonly string[]> {
  const site = await Tables.start(nft);
  try {
    await site.apply(layout.load(services));
    return await site.list();
  } finally {
    await site.close();
  }
}

/** A network namespace, as one nft changes and lists it. */
class Tables {
  readonly namespace: NetNamespace;
  readonly #nft: string;

  static async start(nft: string): Promise<Tables> {
    return new Tables(await NetNamespace.start(), nft);
  }

  private constructor(namespace: NetNamespace, nft: string) {
    this.namespace = namespace;
    this.#nft = nft;
  }

  async apply(text: string): Promise<void> {
    await this.namespace.must([this.#nft, "-f", "-"], text);
  }

  async list(): Promise<readonly string[]> {
    return listingLines(`${await this.namespace.must([this.#nft, "list", "ruleset"])}\n`);
  }

  close(): Promise<void> {
    return this.namespace.close();
  }
}
