import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import * as z from "zod";
import { conforming, schemaFile } from "../../support/output-schema.ts";
import { networkTest } from "../network.ts";
import { kubeNFT } from "../program.ts";
import { outputSchemas } from "./schemas.ts";

test("the schema file is that of the types", () => {
  const { properties, $defs, $schema } = z.toJSONSchema(z.object(outputSchemas));
  const schema = {
    $schema,
    title: "What kube-nft prints with -o json, by command",
    description: "What is not known is missing.",
    $defs: { ...properties, ...$defs },
  };
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(schemaFile, JSON.stringify(schema, undefined, 2));
  else expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(schema);
});

const clusters = "test/ask/migrate/clusters";
const local = "fixtures/external-traffic-policy-local-none-here.yaml";

test.each([
  { command: "explain SERVICE", args: ["explain", "default/web", "-f", local] },
  { command: "explain SERVICE", args: ["explain", "default/dns", "-f", "fixtures/endpoints-none.yaml"] },
  { command: "explain --to", args: ["explain", "--to", "10.96.0.10:80", "-f", "fixtures/demo.yaml"] },
  {
    command: "explain --to",
    args: ["explain", "--from", "node", "--to", "10.96.0.10/icmp", "-f", "fixtures/demo.yaml"],
  },
  { command: "verify", args: ["verify", "-f", "fixtures/demo.yaml"] },
  { command: "doctor", args: ["doctor", "-f", "fixtures/endpoints-none.yaml"] },
  {
    command: "compare",
    args: ["compare", "-f", "test/ask/compare/cluster.yaml", "--with", "test/ask/compare/forms/ipvs.txt"],
  },
  { command: "migrate", args: ["migrate", "-f", `${clusters}/kind.yaml`] },
  { command: "migrate --check", args: ["migrate", "--check", "-f", `${clusters}/kubeadm-mixed.yaml`] },
  { command: "version", args: ["version"] },
] as const)("$args conforms to it", async ({ command, args }) => {
  const { stdout } = await kubeNFT([...args, "-o", "json"]);
  expect(conforming(command, stdout)).toBeDefined();
});

networkTest("so do diff, verify and doctor of a kernel", async (network) => {
  const f = ["-f", "fixtures/demo.yaml"];
  const missing = conforming("diff", (await network.kubeNFT(["diff", ...f, "-o", "json"])).stdout);
  const web = expect.objectContaining({ servicePort: "default/web", removed: [], changed: [] });
  expect(missing).toMatchObject({ servicePorts: expect.arrayContaining([web]) });
  const wrong = conforming("verify", (await network.kubeNFT(["verify", "--kernel", ...f, "-o", "json"])).stdout);
  expect(wrong).toMatchObject({ differences: expect.arrayContaining([expect.objectContaining({ circumstance: "" })]) });
  conforming("doctor", (await network.kubeNFT(["doctor", "--kernel", ...f, "-o", "json"])).stdout);
  await network.kubeNFT(["apply", ...f]);
  expect(conforming("diff", (await network.kubeNFT(["diff", ...f, "-o", "json"])).stdout)).toEqual({
    servicePorts: [],
    tables: [],
  });
});

test("what is missing or too much does not conform", () => {
  const version = { version: "0.1.0", node: "24.0.0", platform: "linux/x64" };
  expect(() => conforming("version", JSON.stringify({ ...version, more: 1 }))).toThrow();
  expect(() => conforming("version", JSON.stringify({ ...version, node: undefined }))).toThrow();
});
