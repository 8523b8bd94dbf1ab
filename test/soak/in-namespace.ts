// Run by soak.ts, in a network and process namespace of its own. Arguments: the built program, a folder
// for files, and the options as JSON.
import { execa } from "execa";
import { spawnAPIServer } from "../api-server/spawn.ts";
import { Caller, nodeIP, startPods } from "./caller.ts";
import { clock } from "./clock.ts";
import { Cluster, podCIDR } from "./cluster.ts";
import { NodeAgent } from "./node-agent.ts";
import type { SoakOptions } from "./options.ts";
import { Soak } from "./run.ts";
import { verdictText } from "./verdict.ts";

// Whatever goes wrong here is no fault of the agent.
process.once("uncaughtException", (error) => {
  process.stderr.write(`soak: ${error instanceof Error ? error.stack : error}\n`);
  process.exit(2);
});

const [program = "", folder = "", optionsText = "{}"] = process.argv.slice(2);
const options: SoakOptions = JSON.parse(optionsText);

await execa("ip", ["link", "set", "lo", "up"]);
await execa("ip", ["address", "add", `${nodeIP}/32`, "dev", "lo"]);
// Every pod is here. What no rule translates leads nowhere.
await execa("ip", ["route", "add", "local", podCIDR, "dev", "lo"]);
await execa("ip", ["route", "add", "default", "dev", "lo"]);

await startPods();
const api = await spawnAPIServer();
const cluster = new Cluster(api, options);
await cluster.create();
const agent = await NodeAgent.create(program, folder, await api.call("writeKubeconfig", folder));
const verdict = await new Soak({ options, api, cluster, agent, caller: new Caller(), say }).run();
process.stdout.write(options.json ? `${JSON.stringify(verdict, undefined, 2)}\n` : verdictText(verdict));
// All that was started here, and is still under way, ends with this process.
process.exit(verdict.wrong.length === 0 ? 0 : 1);

function say(line: string): void {
  process.stderr.write(`${clock(performance.now()).padStart(8)}  ${line}\n`);
}
