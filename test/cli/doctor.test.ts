import { expect, test } from "@jest/globals";
import { networkTest } from "./network.ts";
import { kubeNFT } from "./program.ts";

test.each([
  { args: ["-f", "fixtures/demo.yaml"], exitCode: 0, said: "errors: 0, warnings: " },
  { args: ["-f", "fixtures/endpoints-none.yaml"], exitCode: 1, said: "so clients are refused" },
  {
    args: ["-f", "fixtures/source-ranges-of-other-family.yaml"],
    exitCode: 1,
    said: "accepts nobody at its load balancer",
  },
  { args: ["-f", "fixtures/nowhere.yaml"], exitCode: 2, said: "fixtures/nowhere.yaml" },
  { args: ["-f", "fixtures/demo.yaml", "--connect"], exitCode: 2, said: "--connect needs --kernel" },
])("doctor $args", async ({ args, exitCode, said }) => {
  const { stdout, stderr, ...ran } = await kubeNFT(["doctor", ...args]);
  expect({ ...ran, said: `${stdout}${stderr}` }).toEqual({ exitCode, said: expect.stringContaining(said) });
});

test("doctor answers programs in JSON", async () => {
  const { stdout } = await kubeNFT(["doctor", "-f", "fixtures/endpoints-none.yaml", "-o", "json"]);
  expect(JSON.parse(stdout).findings[0]).toEqual({
    severity: "error",
    subject: "default/dns (IPv4)",
    evidence: expect.any(String),
    consequence: "clients are refused",
    remedy: expect.any(String),
  });
});

networkTest("doctor --kernel says that there is no table, and what the tables of others contain", async (network) => {
  await network.nft(
    `add table inet other; add chain inet other c { type filter hook forward priority 0; policy drop; }`,
  );
  const { stdout, exitCode } = await network.kubeNFT(["doctor", "-f", "fixtures/demo.yaml", "--kernel"]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain("error: this node has no table kube-nft");
  expect(stdout).toContain("error: table inet other has the chain c at forward with policy drop and no rules");
});
