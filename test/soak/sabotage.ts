import { readFile } from "node:fs/promises";
import { execa } from "execa";
import type { ChangingService } from "./cluster.ts";

/** Deletes an element of a Service while nobody tells the agent of it: its child that listens for changes is stopped. */
export async function deleteElementUnseen(agentPid: number, { clusterIP }: ChangingService): Promise<void> {
  const children = await readFile(`/proc/${agentPid}/task/${agentPid}/children`, "utf8");
  for (const child of children.trim().split(" ")) process.kill(Number(child), "SIGSTOP");
  await execa("nft", [`delete element ip kube-nft endpoints-tcp { ${clusterIP} . 80 . 0 }`]);
}

/** Refuses the connections to a Service, by a table that is not the agent's. */
export async function refuseConnections({ clusterIP }: ChangingService): Promise<void> {
  const hook = "type filter hook output priority -200; policy accept;";
  const rule = `ip daddr ${clusterIP} tcp flags syn reject with tcp reset`;
  await execa("nft", ["-f", "-"], { input: `table ip sabotage { chain output { ${hook} ${rule}; }; }` });
}
