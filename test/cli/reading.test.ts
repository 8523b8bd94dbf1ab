import { execFile } from "node:child_process";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { rootTest } from "../support/kernel-test.ts";
import { withFolder } from "./folder.ts";
import { config, web } from "./manifests.ts";
import { inShell, kubeNFT, powerless } from "./program.ts";

/** Runs a shell script in which `"$@"` is `kube-nft render`, beside a FIFO and a file. */
function withPipe(script: string, seconds: number) {
  return withFolder({ "web.json": web }, async (folder) => {
    await promisify(execFile)("mkfifo", [`${folder}/pipe`]);
    const args = ["render", "--config", config, "--family", "ip", "--input-timeout", `${seconds}`];
    return inShell(script, args, { folder });
  });
}

test.concurrent.each<[string, string]>([
  ["a FIFO, whose writer comes later", 'cat web.json > pipe & "$@" -f pipe'],
  [
    "a FIFO, whose writer takes longer than it may be silent",
    '{ for byte in $(seq 99); do head -c $byte web.json | tail -c 1; sleep 0.1; done; tail -c +100 web.json; } > pipe & "$@" -f pipe',
  ],
  ["the output of another program", '"$@" -f <(cat web.json)'],
  ["standard input by its name", 'cat web.json | "$@" -f /dev/stdin'],
])("-f reads %s", async (_title, script) => {
  const { stdout, stderr, exitCode } = await withPipe(script, 8);
  expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  expect(stdout).toContain("default/web");
});

test.concurrent.each<[string, string, string]>([
  ["a FIFO to which nobody writes", '"$@" -f web.json -f pipe', "pipe"],
  ["a FIFO whose writer stops", 'exec 3<>pipe; head -c 99 web.json >&3; "$@" -f pipe', "pipe"],
  ["a silent standard input", 'exec 3<>pipe; "$@" -f - <&3', "standard input"],
])("%s is given up", async (_title, script, name) => {
  expect(await withPipe(script, 1)).toEqual({
    stdout: "",
    stderr: `${name}: cannot be read: no data for 1 s\nkube-nft: the input cannot be used\n`,
    exitCode: 2,
  });
});

rootTest("a file without read permission is named", async () => {
  const ran = await withFolder({ "web.yaml": web, "secret.yaml": web }, async (folder) => {
    await chmod(join(folder, "secret.yaml"), 0);
    const args = ["render", "-f", "web.yaml", "-f", "secret.yaml", "--config", config];
    return kubeNFT(args, { folder, through: powerless });
  });
  expect(ran).toEqual({
    stdout: "",
    stderr: "secret.yaml: cannot be read: permission denied\nkube-nft: the input cannot be used\n",
    exitCode: 2,
  });
});
