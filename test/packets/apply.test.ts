import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { config, node, service, slice } from "../cli/manifests.ts";
import { environment } from "../cli/program.ts";
import type { UseCounts } from "../lab/messages.ts";
import { addresses } from "../lab/world.ts";
import { builtProgram } from "../support/built.ts";
import { Resident } from "../support/resident.ts";
import { patience } from "./sticky.ts";
import { describeWithLab } from "./with-lab.ts";

/** Counts what is still for a ClusterIP where all that is served has been translated. */
const watcher = `
  add table ip watcher
  add counter ip watcher untranslated
  add chain ip watcher prerouting { type filter hook prerouting priority -90; }
  add chain ip watcher output { type filter hook output priority -90; }
  add rule ip watcher prerouting ip daddr 10.96.0.0/16 counter name untranslated
  add rule ip watcher output ip daddr 10.96.0.0/16 counter name untranslated
`;

const web = (endpoints: number) => [
  service("web", { clusterIP: "10.96.0.10" }),
  slice("web", ["10.244.1.11", "10.244.1.12", "10.244.2.11", "10.244.2.12"].slice(0, endpoints)),
];

/** Services of ever other shapes. */
const others = (count: number) =>
  Array.from({ length: count }, (_, index) => index).flatMap((index) => [
    service(`other-${index}`, {
      clusterIP: `10.96.1.${index}`,
      ...(index % 3 === 0 ? {} : { type: "NodePort", ports: [{ port: 80, nodePort: 30000 + index }] }),
      ...(index % 2 === 0 ? {} : { sessionAffinity: "ClientIP" }),
    }),
    slice(
      `other-${index}`,
      Array.from({ length: index + 1 }, (_, endpoint) => `10.244.3.${endpoint}`),
    ),
  ]);

describeWithLab("repeated apply under load", ({ lab, nft }) => {
  test("lets no packet slip through while Services are added, and another changes its shape", async () => {
    const apply = async (objects: readonly object[]) => {
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: [node, ...objects] });
      const ran = await resident.run(["apply", "-f", "-", "--config", config, "--yes"], { input });
      expect({ exitCode: ran.exitCode, stderr: ran.stderr }).toEqual({ exitCode: 0, stderr: "" });
      expect(ran.stdout).toMatch(/applied\n$/);
    };
    const resident = new Resident(lab().enter("node"), await builtProgram(), environment(nft));
    await lab().load("");
    await apply(web(1));
    expect(await lab().nft(["-f", "-"], watcher)).toMatchObject({ exitCode: 0 });
    const tally: Record<string, number> = {};
    let isGoingOn = true;
    const call = async (from: "client" | "pod4" | "node") => {
      const sources = from === "client" ? addresses.client.filter((address) => !address.includes(":")) : [];
      while (isGoingOn) {
        const probe = { from, to: "10.96.0.10", port: 80, patience };
        const part: UseCounts = await lab().volley(probe, { count: 30, atOnce: 30, sources });
        for (const [outcome, count] of Object.entries(part)) tally[outcome] = (tally[outcome] ?? 0) + count;
        await sleep(20);
      }
    };
    const changes = async () => {
      try {
        for (let count = 1; count <= 10; count++) await apply([...web(1 + (count % 4)), ...others(count)]);
      } finally {
        isGoingOn = false;
      }
    };
    await Promise.all([call("client"), call("pod4"), call("node"), changes()]).finally(() => resident.close());
    // Who calls for long may run out of ports, and does not call then.
    expect(Object.keys(tally).filter((outcome) => !/^pod|^EADDRINUSE$/.test(outcome))).toEqual([]);
    const { stdout } = await lab().nft(["list", "counter", "ip", "watcher", "untranslated"]);
    expect(stdout).toContain("packets 0 bytes 0");
  });
});
