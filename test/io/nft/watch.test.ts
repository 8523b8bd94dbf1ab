import { execFile } from "node:child_process";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";
import { watchTables } from "../../../src/io/nft/watch.ts";
import { root } from "../../golden/fixture.ts";
import { eventually } from "../../support/eventually.ts";
import { kernelTest, rootTest } from "../../support/kernel-test.ts";
import { withPath } from "../../support/with-path.ts";

/** As it is before a test changes it. */
const { PATH = "" } = process.env;

const apart = "--fork --pid --mount-proc";

/** Holds the netlink ports of all pids that a new pid namespace will have, as programs in other ones might. */
const takePorts = `perl -e '
  for my $port (2 .. 2000) {
    socket(my $socket, 16, 3, 12) or die $!;
    bind($socket, pack("SSLL", 16, 0, $port, 0)) and push @sockets, $socket;
  }
  system(@ARGV) == 0 or exit 1;
' unshare ${apart}`;

const told = {
  "our tables": [],
  "our changes, one after another": [],
  "our changes in both families at once": [],
  "a change of ours that is refused": [],
  "a change of ours that changes nothing": [],
  "another program's rule": ["ip"],
  "another program's change of another table": [],
  "another program's changes of both families at once": ["ip", "ip6"],
  "another program's change beside ours": ["ip"],
  "a listener that was ended": ["ip lost sight", "ip6 lost sight", "lost"],
  "another program's flush after that": ["ip", "ip6"],
};

for (const [where, command] of [
  ["an nft that stays", "node watch session"],
  ["an nft for each", "node watch process"],
  ["an nft that stays, in a pid namespace", `unshare ${apart} node watch session`],
  ["an nft for each, in a pid namespace", `unshare ${apart} node watch process`],
  ["an nft that stays and cannot have its pid as its port", `${takePorts} node watch session`],
] as const) {
  const title = `changes that others make to our tables are noticed, and ours are not taken for theirs: ${where}`;
  const watch = async (nft: string) => {
    const env = {
      ...process.env,
      PATH: `${dirname(nft)}:${dirname(process.execPath)}:${PATH}`,
      NODE_COMPILE_CACHE: `${root}/.cache/node`,
    };
    const script = command.replace("watch", "test/io/nft/watch-events.ts");
    const { stdout } = await promisify(execFile)("unshare", ["-n", "sh", "-c", script], { cwd: root, env });
    const seen: Readonly<Record<string, readonly string[]>> = JSON.parse(stdout);
    // Of two at once with ports that are no pids, each may be the other.
    const isUnclear = command.includes("perl");
    const once = Object.entries(seen).map(([step, each]) => [step, isUnclear ? [...new Set(each)] : each]);
    expect(Object.fromEntries(once)).toEqual(told);
  };
  kernelTest(title, watch, test.concurrent);
}

rootTest(
  "a socat that does not listen, and one that exits, are reported, and another is started",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
    const script = `#!/bin/sh
PATH='${PATH}'
try=$(cat '${folder}/tries'); echo $((try + 1)) >'${folder}/tries'
case $try in
  0) exec sleep 6 ;;
  1) exit 1 ;;
  *) echo $$ >'${folder}/pid'; exec unshare -n socat "$@" ;;
esac
`;
    await writeFile(join(folder, "tries"), "0");
    await writeFile(join(folder, "socat"), script);
    await chmod(join(folder, "socat"), 0o755);
    const events: string[] = [];
    const stop = new AbortController();
    await withPath(`${folder}:${PATH}`, async () => {
      const onSighted = () => events.push("sighted");
      const onLost = (_: Error, isNew: boolean) => events.push(isNew ? "lost" : "lost again");
      await watchTables({ onGeneration: () => {}, onSighted, onLost }, stop.signal);
      expect(events).toEqual(["lost"]);
      const all = ["lost", "lost again", "lost again", "sighted"];
      await eventually(async () => events.join(), all.join());
      process.kill(Number(await readFile(join(folder, "pid"), "utf8")));
      await eventually(async () => events.join(), [...all, "lost", "sighted"].join());
    });
    stop.abort();
    await rm(folder, { recursive: true });
  },
  test.concurrent,
);
