import { expect } from "@jest/globals";
import { execa } from "execa";
import { compile } from "../../src/compile/compile.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { settings } from "../support/arbitrary-cluster.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { endpoint, portOf, service, servicePort, slice } from "./values.ts";

kernelTest("nft and the kernel take lists of 100,000 endpoints, also where a frontend has two", async (nft) => {
  const endpoints = Array.from({ length: 100_000 }, (_, index) =>
    endpoint(`10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`),
  );
  const slices = Array.from({ length: 100 }, (_, index) =>
    slice(endpoints.slice(index * 1000, index * 1000 + 1000), { name: `web-${index}` }),
  );
  const local = { type: "NodePort", externalTrafficPolicy: "Local" } as const;
  const ports = [servicePort({ nodePort: portOf(30080) })];
  let text = "";
  for (const [fields, counts] of [
    [{}, { "endpoints-tcp": 100_001 }],
    // Three lists share what a Service may have.
    [
      { ...local, ports },
      { "endpoints-tcp": 87_382, "node-port-endpoints-tcp": 2 * 87_382 },
    ],
  ] as const) {
    const cluster = { services: [service(fields)], endpointSlices: slices, nodes: [], serviceCIDRs: [] };
    const [table] = compile(cluster, settings).ruleset;
    if (table === undefined) throw new Error("there is no table");
    for (const [set, count] of Object.entries(counts)) expect(table.sets.get(set)?.elements.length).toBe(count);
    text = printRuleset([table]);
  }
  // The larger of the two.
  await execa("unshare", ["-n", nft, "-f", "-"], { input: text });
});
