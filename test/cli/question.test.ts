import { expect } from "@jest/globals";
import { withFolder } from "./folder.ts";
import { config, node, web } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { terminal } from "./program.ts";

const lost = "default/web  10.96.0.10 port 80/tcp is gone";
const question = "Remove a frontend that is served now? [y/N] ";

networkTest("on a terminal, apply asks before it removes something, and only then", async (network) => {
  await network.apply(web);
  const before = await network.listing();
  const apply = (answer: string, objects: readonly object[], ...args: readonly string[]) =>
    withFolder({ "input.json": objects }, async (folder) => {
      const line = ["apply", "-f", "input.json", "--config", config, ...args];
      const { stdout, exitCode } = await network.kubeNFT(line, { folder, input: answer, through: terminal });
      return { said: stdout.replaceAll("\r", ""), exitCode };
    });
  for (const answer of ["n\n", "\n", "nay yes\n", "\u0004"]) {
    const { said, exitCode } = await apply(answer, [node]);
    expect(said).toContain(`${lost}\n${question}`);
    expect(said).toContain("kube-nft: nothing was loaded\n");
    expect(exitCode).toBe(2);
  }
  expect(await network.listing()).toEqual(before);
  expect(await apply("", web)).toEqual({ said: "nothing to change\n", exitCode: 0 });
  const { said, exitCode } = await apply("y\n", [node]);
  expect(said).toContain(question);
  expect(said).toContain("applied\n");
  expect(exitCode).toBe(0);
  expect(await apply("", web)).toMatchObject({ said: expect.stringMatching(/\napplied\n$/), exitCode: 0 });
  expect(await apply("", [node], "--yes")).toMatchObject({ said: expect.stringMatching(/\napplied\n$/), exitCode: 0 });
});
