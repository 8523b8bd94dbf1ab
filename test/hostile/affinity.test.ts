import { expect, test } from "@jest/globals";
import type { Node } from "../e2e/node.ts";
import { labNodeObject, service, slice } from "../e2e/objects.ts";
import { describeWithNode } from "../e2e/with-node.ts";
import { addresses } from "../lab/world.ts";
import { callAll, outcomes } from "../packets/sticky.ts";
import { eventually } from "../support/eventually.ts";

const capacity = 262_144;
const [hog, bank] = ["10.96.0.10", "10.96.0.11"];

/** Like a pod that connects from ever new source addresses, or a client outside with its own network. */
async function fill(node: Node, frontend: string, count: number): Promise<void> {
  const client = (n: number) => `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
  for (let first = 0; first < count; first += 50_000) {
    const clients = Array.from({ length: Math.min(50_000, count - first) }, (_, n) => client(first + n));
    const elements = clients.map((each) => `${each} . ${frontend} . 80 timeout 1d : 10.244.2.11 . 8080`);
    const { exitCode } = await node.lab.nft(["-f", "-"], `add element ip kube-nft affinity-tcp { ${elements.join()} }`);
    // Elements beyond the map's capacity are refused as a whole.
    if (exitCode !== 0) return;
  }
}

async function metric(node: Node, name: string): Promise<number> {
  const { body } = await node.page("/metrics", 10249);
  return Number(
    body
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1),
  );
}

const clients = 'kube_nft_affinity_clients{ip_family="IPv4",protocol="tcp"}';

describeWithNode("a Service that fills the memory of sticky clients", (start) => {
  test("loses clients and gets no more for a while, and those of others are remembered", async () => {
    const node = await start();
    const sticky = { sessionAffinity: "ClientIP" };
    const pods = ["pod5", "pod6", "pod7", "pod8"] as const;
    await node.put(labNodeObject(), service("hog", 10, sticky), slice("hog", ["pod5"]));
    await node.put(service("bank", 11, sticky), slice("bank", pods));
    await node.run();
    const before = await callAll(node.lab, [{ to: bank, port: 80 }]);

    await fill(node, hog, capacity);
    const limited = await node.agent.line((line) => String(line.msg).includes("others find no room"), { from: 0 });
    expect(limited).toMatchObject({ family: "ip", service: "default/hog" });
    // Clients that arrived while room was made are fewer.
    await eventually(async () => (await metric(node, clients)) <= (capacity * 3) / 4, true);
    expect(await metric(node, 'kube_nft_affinity_limited_services{ip_family="IPv4"}')).toBe(1);
    await eventually(
      async () => JSON.stringify(await node.api.call("all", "events")).includes("AffinityLimited"),
      true,
    );

    // Remembered clients are still remembered; and new ones are, too, as each of ten addresses reaches the same of four
    // pods again.
    expect(await callAll(node.lab, [{ to: bank, port: 80 }])).toEqual(before);
    const pod = { from: "pod1", to: bank, port: 80 } as const;
    const [first, ...more] = await node.answerers(pod);
    expect([first, more]).toEqual([expect.stringMatching(/^pod[5-8]:8080/), []]);

    // The others are served, though not remembered.
    const [calls = {}] = await callAll(node.lab, [{ to: hog, port: 80 }]);
    expect(outcomes(calls)).toEqual(["pod5:8080 masqueraded"]);
    const { stdout } = await node.lab.nft(["get", "element", "ip", "kube-nft", "affinity-tcp", entryOf(bank)]);
    expect(stdout).toContain(bank);
    expect(await node.lab.nft(["get", "element", "ip", "kube-nft", "affinity-tcp", entryOf(hog)])).toMatchObject({
      exitCode: 1,
    });

    await node.api.call("delete", service("hog", 10));
    await eventually(async () => (await metric(node, clients)) < 100, true);
  });
});

function entryOf(frontend: string): string {
  return `{ ${addresses.client[0]} . ${frontend} . 80 }`;
}
