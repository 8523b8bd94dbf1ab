import { expect, test } from "@jest/globals";
import { labSkipped } from "../lab/unavailable.ts";
import { type Traffic, World } from "./data-path/world.ts";
import { layouts } from "./layouts/layouts.ts";
import { clusterIP, podIP, type SyntheticService, syntheticServices } from "./synthetic.ts";

const services: readonly SyntheticService[] = syntheticServices({ services: 4, endpoints: 3 }).map((service) => ({
  ...service,
  protocol: service.index % 2 === 0 ? "TCP" : "UDP",
}));

const traffics: readonly (Traffic & { readonly targets: readonly string[] })[] = [
  { kind: "tcp", count: 50, targets: [0, 2].map((index) => `${clusterIP(index)} 80`) },
  { kind: "udp", count: 50, targets: [1, 3].map((index) => `${clusterIP(index)} 80`) },
  { kind: "stream", count: 1, targets: [`${clusterIP(2)} 80`] },
];

const packetTest = labSkipped() ? test.skip : test;

for (const layout of layouts) {
  packetTest(`${layout.name}: connections reach endpoints, and cost something`, async () => {
    await inWorld(layout.load(services), async (world) => {
      for (const { targets, ...traffic } of traffics) {
        expect((await world.cost(traffic, targets)).seconds).toBeGreaterThan(0);
      }
    });
  });
}

packetTest("that packets do not arrive is noticed", async () => {
  await inWorld("", async (world) => {
    await expect(world.cost({ kind: "udp", count: 50 }, [`${clusterIP(1)} 80`])).rejects.toThrow("0 of 50 arrived");
    await world.cost({ kind: "udp", count: 50 }, [`${podIP(1)} 8080`]);
  });
});

async function inWorld(rules: string, body: (world: World) => Promise<void>): Promise<void> {
  const world = await World.start();
  try {
    expect(await world.load(rules, 60_000)).toBe(true);
    await body(world);
  } finally {
    await world.close();
  }
}
