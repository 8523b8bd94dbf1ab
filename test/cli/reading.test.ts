import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { withFolder } from "./folder.ts";
import { config, web } from "./manifests.ts";
import { inShell, kubeNFT, powerless } from "./program.ts";

/** Runs a shell script in which `"$@"` is `kube-nft render --input-timeout 1`, beside a FIFO and a file. */
function withPipe(script: string) {
  return withFolder({ "web.json": web }, async (folder) => {
    await promisify(execFile)("mkfifo", [`${folder}/pipe`]);
    return inShell(script, ["render", "--config", config, "--family", "ip", "--input-timeout", "1"], { folder });
  });
}

test.concurrent.each<[string, string]>([
  ["a FIFO, whose writer comes later", 'cat web.json > pipe & "$@" -f pipe'],
  [
    "a FIFO, whose writer takes its time",
    '{ sleep 0.7; head -c 99 web.json; sleep 0.7; tail -c +100 web.json; } > pipe & "$@" -f pipe',
  ],
  ["the output of another program", '"$@" -f <(cat web.json)'],
  ["standard input by its name", 'cat web.json | "$@" -f /dev/stdin'],
])("-f reads %s", async (_title, script) => {
  const { stdout, stderr, exitCode } = await withPipe(script);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(stdout).toContain("default/web");
});

test.concurrent.each<[string, string, string]>([
  ["a FIFO to which nobody writes", '"$@" -f web.json -f pipe', "pipe"],
  [
    "a FIFO whose writer stops",
    '{ head -c 99 web.json; exec sleep 5; } > pipe & "$@" -f pipe; code=$?; kill $!; exit $code',
    "pipe",
  ],
  ["a silent standard input", 'sleep 3 | "$@" -f -', "standard input"],
])("%s is given up", async (_title, script, name) => {
  expect(await withPipe(script)).toEqual({
    stdout: "",
    stderr: `${name}: cannot be read: nothing came for 1 s\nkube-nft: the input cannot be used\n`,
    exitCode: 2,
  });
});

rootTest("a file that may not be read is named", async () => {
  const ran = await withFolder({ "web.yaml": web, "secret.yaml": web }, async (folder) => {
    await chmod(join(folder, "secret.yaml"), 0);
    const args = ["render", "-f", "web.yaml", "-f", "secret.yaml", "--config", config];
    return kubeNFT(args, { folder, through: powerless });
  });
  expect(ran).toEqual({
    stdout: "",
    stderr: "secret.yaml: may not be read\nkube-nft: the input cannot be used\n",
    exitCode: 2,
  });
});
