import { expect, test } from "@jest/globals";
import { execa } from "execa";
import { compile } from "../../src/compile/compile.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { settings } from "../support/arbitrary-cluster.ts";
import { kernelTest } from "../support/kernel-test.ts";
import { endpoint, portOf, service, servicePort, slice } from "./values.ts";

const local = {
  type: "NodePort",
  externalTrafficPolicy: "Local",
  ports: [servicePort({ nodePort: portOf(30080) })],
} as const;

/** The table of one Service of so many endpoints. */
function tableOf(count: number, fields: Parameters<typeof service>[0]) {
  const endpoints = Array.from({ length: count }, (_, index) =>
    endpoint(`10.${128 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`),
  );
  const slices = Array.from({ length: count / 1000 }, (_, index) =>
    slice(endpoints.slice(index * 1000, index * 1000 + 1000), { name: `web-${index}` }),
  );
  const cluster = { services: [service(fields)], endpointSlices: slices, nodes: [], serviceCIDRs: [] };
  const [table] = compile(cluster, settings).ruleset;
  if (table === undefined) throw new Error("there is no table");
  return table;
}

test("a list holds 100,000 endpoints, and less where a frontend has two lists, as they share what a Service may have", () => {
  const sizes = (table: ReturnType<typeof tableOf>, ...sets: readonly string[]) =>
    sets.map((set) => table.sets.get(set)?.elements.length);
  expect(sizes(tableOf(100_000, {}), "endpoints-tcp")).toEqual([100_001]);
  const both = tableOf(100_000, local);
  expect(sizes(both, "endpoints-tcp", "node-port-endpoints-tcp")).toEqual([87_382, 2 * 87_382]);
});

kernelTest("nft and the kernel take lists of 40,000 endpoints, also where a frontend has two", async (nft) => {
  await execa("unshare", ["-n", nft, "-f", "-"], { input: printRuleset([tableOf(40_000, local)]) });
});
