import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { Place } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import { labNodeObject, service, slice } from "./objects.ts";
import { describeWithNode } from "./with-node.ts";

const web = { from: "client", to: "10.96.0.10", port: 80 } as const;

describeWithNode("without programs that help it", (start) => {
  test("the agent serves, and says once what does not work", async () => {
    const node = await start();
    const socat = join(node.nft.folder, "socat");
    await writeFile(socat, '#!/bin/sh\necho "socat is out of order" >&2\nexit 1\n');
    await chmod(socat, 0o755);
    const ports = [{ port: 53, protocol: "UDP" }];
    const dnsSlice = (pod: Place) => slice("dns", [pod], { ports });
    const dns = service("dns", 11, { ports });
    await node.put(labNodeObject(), service("web", 10), slice("web", ["pod1"]), dns, dnsSlice("pod1"));
    await node.run();
    await node.agent.logged("lost track of changes by other programs");
    await node.put(slice("web", ["pod2"]), dnsSlice("pod2"));
    await eventually(() => node.reach(web), "pod2:8080 masqueraded");
    expect((await node.page("/healthz")).code).toBe(200);
    const told = () =>
      node.agent.log.filter(({ level }) => level === "warn" || level === "error").map(({ msg }) => msg);
    const all = [
      "cannot look for stale flows",
      "cannot read the frontends of the previous process; UDP flows to frontends that are gone may stay",
      "cannot read the table; writing all of it",
      "cannot read the table; writing all of it",
      "lost track of changes by other programs",
    ];
    await eventually(async () => told().sort().join("\n"), all.join("\n"));
  });
});
