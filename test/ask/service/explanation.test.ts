import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { explainService } from "../../../src/ask/service/explanation.ts";
import { explanationLines } from "../../../src/ask/service/explanation-lines.ts";
import { world } from "../../../src/ask/world.ts";
import { desiredTables } from "../../../src/cli/desired.ts";
import { serviceDetails } from "../../../src/decode/service-details.ts";
import type { ObjectKey } from "../../../src/model/service.ts";
import { sourcesOf } from "../../golden/sources.ts";

/** One for each kind of frontend, verdict and finding. */
const cases: readonly { readonly fixture: string; readonly service?: ObjectKey; readonly port?: string }[] = [
  { fixture: "external-traffic-policy-local" },
  { fixture: "external-traffic-policy-local-none-here" },
  { fixture: "internal-traffic-policy-local-none-here" },
  { fixture: "endpoints-none" },
  { fixture: "endpoints-not-ready" },
  { fixture: "endpoints-terminating" },
  { fixture: "endpoints-ready-while-terminating" },
  { fixture: "endpoints-contradicting" },
  { fixture: "cluster-ip-several-ports", port: "metrics" },
  { fixture: "topology-zone" },
  { fixture: "topology-node" },
  { fixture: "conflict-of-external-ips", service: "default/newer" },
  { fixture: "source-ranges-many", port: "http" },
  { fixture: "source-ranges-of-other-family" },
  { fixture: "session-affinity-dual-stack" },
  { fixture: "node-port-source-ranges-invalid", port: "http" },
  { fixture: "deny-source-ranges", port: "http" },
  { fixture: "source-hash-port" },
  { fixture: "external-failover-policy", port: "http" },
];

test.each(cases)("$fixture", async ({ fixture, service = "default/web", port }) => {
  const lines = await explained(fixture, service, port);
  const text = `${lines?.join("\n")}\n`;
  const file = new URL(`explanations/${fixture}.txt`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  else expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
});

test("each golden text has its case", () => {
  const names = cases.map(({ fixture }) => `${fixture}.txt`);
  expect(readdirSync(new URL("explanations", import.meta.url)).sort()).toEqual(names.sort());
});

test("there is nothing to explain about a Service without a plan", async () => {
  expect(await explained("cluster-ip", "default/other")).toBeUndefined();
});

async function explained(fixture: string, service: ObjectKey, port?: string): Promise<readonly string[] | undefined> {
  const desired = await desiredTables(sourcesOf(fixture, "remember"), { hostname: "", addresses: [] });
  const worlds = desired.tables.map((plans) => world(plans.family, desired.settings, plans, desired.node?.addresses));
  const found = explainService(worlds, service, {
    details: serviceDetails(desired.objects, service),
    portFilter: port,
  });
  return found && explanationLines(found);
}
