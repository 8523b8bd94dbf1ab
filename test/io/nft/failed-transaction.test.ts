import { expect, test } from "@jest/globals";
import { type FailedTransaction, failedTransaction } from "../../../src/io/nft/failed-transaction.ts";
import { nftKernel } from "../../../src/io/nft/kernel.ts";
import { kernelTest } from "../../support/kernel-test.ts";
import { NetNamespace } from "../../support/net-namespace.ts";

const nobodys = {
  family: "ip",
  commands: [{ kind: "addRules", chain: { name: "none", rules: [[{ kind: "drop" }]] } }],
} as const;

kernelTest("W-28 a refused transaction is reported with the line", async (nft) => {
  const namespace = await NetNamespace.start();
  const failed: FailedTransaction[] = [];
  try {
    await namespace.withPrograms([nft, "socat"], async () => {
      const kernel = nftKernel({ onFailed: (each) => failed.push(each) });
      const commands = [{ kind: "addTable" }, ...nobodys.commands] as const;
      for (const byOwner of [false, true]) {
        await expect(kernel.apply({ family: "ip", commands }, { byOwner })).rejects.toThrow(
          "No such file or directory",
        );
      }
    });
  } finally {
    await namespace.close();
  }
  const lines = [
    { number: 1, text: "add table ip kube-nft", isRefused: false },
    { number: 2, text: "add rule ip kube-nft none drop", isRefused: true },
  ];
  const message = expect.stringContaining("No such file or directory");
  expect(failed).toEqual([1, 2].map(() => ({ family: "ip", message, lines })));
});

test("of a large one, the lines around the refused ones are kept", () => {
  const line = (number: number) => `add rule ip kube-nft chain-${number} drop`;
  const lines = Array.from({ length: 10_000 }, (_, index) => line(index + 1));
  const output = `/dev/stdin:500:1-5: Error: Could not process rule: File exists\n${line(500)}\n^^^^^\n`;
  const failed = failedTransaction("ip", `${lines.join("\n")}\n`, { message: "", output }, false);
  expect(failed.lines.map(({ number }) => number)).toEqual(Array.from({ length: 11 }, (_, index) => 495 + index));
  expect(failed.lines.filter(({ isRefused }) => isRefused)).toEqual([
    { number: 500, text: line(500), isRefused: true },
  ]);
  const unclear = failedTransaction("ip", `${lines.join("\n")}\n`, { message: "killed", output: "" }, false);
  expect(unclear.lines).toEqual([]);
  const long = failedTransaction("ip", `${"x".repeat(20_000)}\n`, { message: "", output: "" }, true);
  expect(long.lines[0]?.text.length).toBeLessThan(10_050);
});
