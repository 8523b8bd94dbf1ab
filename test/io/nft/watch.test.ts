import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect } from "@jest/globals";
import { root } from "../../golden/fixture.ts";
import { kernelTest } from "../../support/kernel-test.ts";

kernelTest("changes that others make to our tables are noticed, and ours are not taken for theirs", async (nft) => {
  const { PATH } = process.env;
  const env = { ...process.env, PATH: `${dirname(nft)}:${PATH}`, NODE_COMPILE_CACHE: `${root}/.cache/node` };
  const args = ["-n", process.execPath, "test/io/nft/watch-events.ts"];
  const { stdout } = await promisify(execFile)("unshare", args, { cwd: root, env });
  expect(JSON.parse(stdout)).toEqual({
    results: {
      "our tables": [],
      "our changes, one after another": [],
      "our changes in both families at once": [],
      "a change of ours that is refused": [],
      "somebody else's rule": ["ip"],
      "somebody else's change of another table": [],
      "somebody else's changes of both families at once": ["ip", "ip6"],
      "somebody else's change beside ours": ["ip"],
      "a listener that was ended": ["lost"],
      "somebody else's flush after that": ["ip", "ip6"],
    },
    listeners: [],
  });
});
