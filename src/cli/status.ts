import { type Command, Option } from "commander";
import type { ServiceRow, Status } from "../ask/status/status.ts";
import { examples, exitUnhealthy, writeAnswer } from "./output.ts";

type StatusOptions = { readonly services: boolean; readonly dump: boolean; readonly output: string };

export function status(command: Command): void {
  command
    .description(
      `Report the state of this node's agent.

Exits with code 0 if it is healthy, as /healthz says, 1 if it is not, 2 if none runs here. A line that begins with
"warning:" is a problem that does not make the node unhealthy.`,
    )
    .option("--services", "list all Services instead: frontends, used and known endpoints, policies", false)
    .option("--dump", "make the agent write its state to a file instead: plans, rules, the last failure", false)
    .addOption(
      new Option("-o, --output <format>", "text, or json for programs").choices(["text", "json"]).default("text"),
    )
    .action(async (options: StatusOptions) => {
      const { agentDoes, agentSays } = await import("./from-agent.ts");
      if (options.dump) {
        const written = await agentDoes<{ readonly file: string }>("/dump");
        await writeAnswer(written, ({ file }) => [`the agent wrote its state to ${file}`], options);
        return;
      }
      const status = await agentSays<Status>("/status.json");
      if (options.services) {
        const { serviceRowLines } = await import("../ask/status/service-row-lines.ts");
        await writeAnswer(await agentSays<readonly ServiceRow[]>("/services.json"), serviceRowLines, options);
      } else {
        const { statusLines } = await import("../ask/status/status-lines.ts");
        await writeAnswer(status, statusLines, options);
      }
      if (status.code !== 200) process.exitCode = exitUnhealthy;
    })
    .addHelpText(
      "after",
      examples(
        "kube-nft status",
        "kube-nft status --dump",
        "kube-nft status --services | grep -v served",
        "kube-nft status -o json",
      ),
    );
}
