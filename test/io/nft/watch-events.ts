/**
 * Watches this network namespace, which must be its own, while transactions are committed, and prints as JSON what was
 * told of each:
 *
 *     unshare -n node test/io/nft/watch-events.ts session
 *
 * Our own are done by an nft that stays (`session`) or one for each (`process`).
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { Drift } from "../../../src/daemon/drift/drift.ts";
import { Refusal } from "../../../src/daemon/table/kernel.ts";
import { systemClock } from "../../../src/io/host/clock.ts";
import { holderOf } from "../../../src/io/netlink/holder.ts";
import { applyText } from "../../../src/io/nft/nft.ts";
import { NftSession } from "../../../src/io/nft/session.ts";
import { watchTables } from "../../../src/io/nft/watch.ts";
import { type Family, families } from "../../../src/model/address.ts";
import type { Generation } from "../../../src/netlink/generations.ts";

const run = promisify(execFile);
const told: string[] = [];
/** An nft under another name: when its transaction is heard of, all before it have been. */
const folder = mkdtempSync(join(tmpdir(), "kube-nft-"));
const marker = join(folder, "marker");
symlinkSync((await run("sh", ["-c", "PATH=/usr/sbin:/sbin:/usr/bin command -v nft"])).stdout.trim(), marker);
let marked = Promise.withResolvers<void>();
let sighted = Promise.withResolvers<void>();

/** It takes at once what is due. */
function driftOf(family: Family): Drift {
  const drift = new Drift({
    clock: systemClock,
    holderOf,
    onDrift: () => told.push(family),
    onDue: (cause) => {
      if (cause !== "drift") told.push(`${family} ${cause}`);
      drift.take();
    },
  });
  return drift;
}

const drifts = { ip: driftOf("ip"), ip6: driftOf("ip6") };
const sessions = { ip: new NftSession(), ip6: new NftSession() };
const stop = new AbortController();
const onGeneration = ({ alterations, sender }: Generation) => {
  for (const [family, alteration] of alterations) drifts[family].generation(alteration, sender);
  if (sender.program === "marker") marked.resolve();
};
const onSighted = () => {
  for (const family of families) drifts[family].sighted();
  sighted.resolve();
};
const onLost = (_: Error, isNew: boolean) => {
  told.push(isNew ? "lost" : "lost again");
  for (const family of families) drifts[family].lost();
};
await watchTables({ onGeneration, onSighted, onLost }, stop.signal);

/** Enough to keep nft busy for a while. */
const many = Array.from({ length: 3000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`).join(", ");
const results: Record<string, readonly string[]> = {};
await step("our tables", async () => {
  await own("ip", "add table ip kube-nft; add set ip kube-nft s { type ipv4_addr; }");
  await own("ip6", "add table ip6 kube-nft");
});
await step("our changes, one after another", async () => {
  for (let index = 0; index < 20; index++) await own("ip", `add element ip kube-nft s { 10.0.0.${index} }`);
});
await step("our changes in both families at once", () =>
  Promise.all([own("ip", "add chain ip kube-nft c"), own("ip6", "add chain ip6 kube-nft c")]),
);
await step("a change of ours that is refused", () => own("ip", "add rule ip kube-nft nowhere accept"));
await step("a change of ours that changes nothing", () => own("ip", "add table ip kube-nft"));
await step("another program's rule", () => foreign("add rule ip kube-nft c drop"));
await step("another program's change of another table", () => foreign("add table ip kube-proxy"));
await step("another program's changes of both families at once", () =>
  foreign("flush chain ip kube-nft c; add rule ip6 kube-nft c drop"),
);
await step("another program's change beside ours", () =>
  Promise.all([own("ip", `add element ip kube-nft s { ${many} }`), foreign("add rule ip kube-nft c accept")]),
);
await step("a listener that was ended", async () => {
  sighted = Promise.withResolvers();
  for (const pid of listeners()) process.kill(pid);
  await sighted.promise;
});
await step("another program's flush after that", () => foreign("flush ruleset"));
for (const family of families) sessions[family].end();
stop.abort();
while (listeners().length > 0) await setTimeout(10);
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(results));

async function step(name: string, act: () => Promise<unknown>): Promise<void> {
  told.length = 0;
  await act();
  marked = Promise.withResolvers();
  await run(marker, [`add table ip marker-${Object.keys(results).length}`]);
  await marked.promise;
  results[name] = [...told].sort();
}

function own(family: Family, commands: string): Promise<void> {
  const session = process.argv[2] === "session" ? sessions[family] : undefined;
  return drifts[family]
    .own({ family, commands: [] }, (sentBy) => {
      const applied = session?.apply(`${commands}\n`, { sentBy }) ?? applyText(`${commands}\n`, { sentBy });
      return applied.catch((error) => Promise.reject(new Refusal(`${error}`, undefined)));
    })
    .catch(() => {});
}

async function foreign(commands: string): Promise<void> {
  await run("nft", [commands]);
}

/** The socats that this process has started. */
function listeners(): readonly number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").split(" ");
  return children.filter((pid) => pid !== "" && readFileSync(`/proc/${pid}/comm`, "utf8") === "socat\n").map(Number);
}
