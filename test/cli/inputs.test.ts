import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { binaryTag, CORE_SCHEMA, load } from "js-yaml";
import { root } from "../golden/fixture.ts";
import { kernelUnavailable, nftPrograms } from "../support/kernel-test.ts";
import { type Files, withFolder } from "./folder.ts";
import { config, web } from "./manifests.ts";
import { Network } from "./network.ts";

/** A row of inputs.yaml, which explains the fields. */
type Row = {
  readonly name: string;
  readonly files?: Files;
  readonly stdin?: string;
  readonly command: string;
  readonly every?: boolean;
  readonly code: number;
  readonly says?: readonly string[];
  readonly never?: readonly string[];
  readonly loads?: boolean;
  readonly config?: boolean;
};

const schema = CORE_SCHEMA.withTags(binaryTag);
const rows = load(readFileSync(`${root}/test/cli/inputs.yaml`, "utf8"), { schema }) as readonly Row[];

const isSkipped = kernelUnavailable() !== undefined && process.env["CI"] !== "true";

(isSkipped ? describe.skip : describe)("inputs, where default/web is served", () => {
  let network: Network;
  let before: readonly string[];

  beforeAll(async () => {
    network = await Network.start(nftPrograms[0]?.path ?? "nft");
    await network.apply(web);
    before = await network.listing();
  });
  afterAll(() => network.end());

  test.each(rows)(
    "$name",
    async ({ files = {}, stdin = "", command, every, code, says = [], never = [], loads, ...row }) => {
      const [name = "", ...args] = command.split(" ");
      const names = every ? ["render", "check", "apply", "diff"] : [name];
      await withFolder({ "good.yaml": web, ...files }, async (folder) => {
        for (const each of names) {
          const yes = each === "apply" && every ? ["--yes"] : [];
          const line = [
            each,
            ...args,
            ...yes,
            ...(args.includes("--config") || row.config === false ? [] : ["--config", config]),
          ];
          const { stdout, stderr, exitCode } = await network.kubeNFT(line, { folder, input: stdin });
          const said = `${stderr}${each === "render" ? "" : stdout}`;
          expect(`exit code ${exitCode}\n${said}`).toMatch(new RegExp(`^exit code ${code}\n`));
          for (const words of says) expect(said).toContain(words);
          for (const words of never) expect(said).not.toContain(words);
          if (exitCode === 2) expect(stdout).toBe("");
          if (exitCode === 0 && says.length === 0) expect(stderr).toBe("");
        }
      });
      const isTouched = JSON.stringify(await network.listing()) !== JSON.stringify(before);
      if (isTouched) await network.apply(web);
      expect(isTouched).toBe(loads === true);
    },
  );
});
