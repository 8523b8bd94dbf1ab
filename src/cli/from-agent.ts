import packageJSON from "../../package.json" with { type: "json" };
import { isAgentHere } from "../io/http/agent-socket.ts";
import { askAgentJSON } from "../io/http/ask-agent.ts";
import type { SourceOptions } from "./sources.ts";

/**
 * Whether this node's agent has to answer a command's question. It has to if no other source is given. If only KUBECONFIG
 * is set, it has to if an agent runs here. Rejects if there are options that the agent does not accept.
 */
export async function asksAgent(options: SourceOptions): Promise<boolean> {
  const { filename, kubeconfig, context, config, nodeName, flags, ipv6Affinity } = options;
  if (filename.length > 0 || kubeconfig || context) return false;
  if (process.env["KUBECONFIG"] && !(await isAgentHere())) return false;
  const own = { "--config": config, "--node-name": nodeName, "--ipv6-affinity": ipv6Affinity };
  const [given = [...(flags?.keys() ?? [])].map((flag) => `--${flag}`)[0]] = Object.entries(own).flatMap(
    ([option, value]) => (value === undefined ? [] : [option]),
  );
  if (given !== undefined)
    throw new Error(`${given} needs -f or --kubeconfig; without them the agent here answers, which has its own`);
  return true;
}

/** Makes this node's agent do something, and returns its report. */
export function agentDoes<T>(path: string): Promise<T> {
  return askAgentJSON(packageJSON.version, path, "PUT");
}

/** The answer of this node's agent. Rejects if none runs, or it has no answer. */
export function agentSays<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
  return askAgentJSON(packageJSON.version, `${path}?${given}`);
}
