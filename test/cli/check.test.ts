import { existsSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { withFolder } from "./folder.ts";
import { config, service, stickyWeb, web } from "./manifests.ts";
import { networkTest } from "./network.ts";
import { kubeNFT, powerless } from "./program.ts";

const accepted = "nft and the kernel accept the ruleset\n";

networkTest("check says that nft and the kernel accept a ruleset, and loads nothing", async (network) => {
  expect(await network.about("check", web)).toEqual({ stdout: "", stderr: accepted, exitCode: 0 });
  expect(await network.tables()).toEqual([]);
  const bad = service("bad", { clusterIP: "10.96.0.11", ports: [{ port: 70000 }] });
  const { stderr, exitCode } = await network.about("check", [...web, bad], "--strict");
  expect(stderr).toMatch(/^standard input document 1: Service default\/bad: spec\.ports\[0\]\.port: 70000 is not .*\n/);
  expect(stderr.endsWith(accepted)).toBe(true);
  expect(exitCode).toBe(1);
});

networkTest("check needs no root where there are user namespaces", async (network) => {
  const input = JSON.stringify({ kind: "List", items: stickyWeb });
  const args = ["check", "-f", "-", "--config", config];
  expect(await network.kubeNFT(args, { input, through: powerless })).toEqual({
    stdout: "",
    stderr: accepted,
    exitCode: 0,
  });
});

describe("nft's complaints about a ruleset are shown, with exit code 2", () => {
  const version = '[ "$1" != --version ] || exec echo nftables v1.0.6';
  const refusal = "/dev/stdin:3:1-2: Error: Could not process rule: Operation not supported";
  rootTest("if nft refuses it", () =>
    check(
      `case "$*" in *-c*) cat >/dev/null; echo '${refusal}' >&2; exit 1;; esac`,
      "nft failed: Could not process rule: Operation not supported",
    ),
  );
  rootTest("if nft is killed", () => check("kill -KILL $$", /^nft failed: .*/));
  rootTest("if nft fails silently", () => check("exit 1", /^nft failed: Command failed with exit code 1: unshare /));

  async function check(script: string, words: string | RegExp): Promise<void> {
    await withFolder({ "web.yaml": web, nft: `#!/bin/sh\n${version}\n${script}\n` }, async (folder) => {
      await chmod(join(folder, "nft"), 0o755);
      const args = ["check", "-f", "web.yaml", "--config", config];
      const { stdout, stderr, exitCode } = await kubeNFT(args, { folder, nft: join(folder, "nft") });
      expect({ stdout, exitCode }).toEqual({ stdout: "", exitCode: 2 });
      const [, said = ""] = /^kube-nft: (.*)\n/.exec(stderr) ?? [];
      if (typeof words === "string") expect(said).toBe(words);
      else expect(said).toMatch(words);
    });
  }
});

test.concurrent.each(["check", "apply", "diff"])(
  "%s asks an nft that is too old nothing but its version",
  async (command) => {
    const script = '#!/bin/sh\n[ "$1" != --version ] || exec echo nftables v0.9.8\ntouch "$0.asked"; exit 1\n';
    await withFolder({ "web.yaml": web, nft: script }, async (folder) => {
      const nft = join(folder, "nft");
      await chmod(nft, 0o755);
      const { stdout, stderr, exitCode } = await kubeNFT([command, "-f", "web.yaml", "--config", config], {
        folder,
        nft,
      });
      expect({ stdout, exitCode, isAsked: existsSync(`${nft}.asked`) }).toEqual({
        stdout: "",
        exitCode: 2,
        isAsked: false,
      });
      expect(stderr).toMatch(/^kube-nft: nft .*0\.9\.8.* 1\.0\.6 .*\n$/);
    });
  },
);

test.concurrent("without nft check says what to install", async () => {
  const args = ["check", "-f", "fixtures/cluster-ip.yaml", "--config", config];
  expect(await kubeNFT(args, { env: { PATH: "/nowhere" } })).toEqual({
    stdout: "",
    stderr: "kube-nft: nft is not in PATH; install the package nftables, version 1.0.6 or newer\n",
    exitCode: 2,
  });
});
