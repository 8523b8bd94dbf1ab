import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { AgentProcess, type End, type LogLine } from "../e2e/agent-process.ts";
import { imageNodeOptions } from "../support/image-options.ts";
import { nodeName, podCIDR } from "./cluster.ts";
import { Trouble } from "./trouble.ts";

/** The built agent on this node, as its image runs it. */
export class NodeAgent {
  readonly #program: string;
  readonly #folder: string;
  readonly #config: string;
  readonly #kubeconfig: string;
  readonly #formerLog: LogLine[] = [];
  #process: AgentProcess | undefined;

  static async create(program: string, folder: string, kubeconfig: string): Promise<NodeAgent> {
    const agent = new NodeAgent(program, folder, kubeconfig);
    const config = {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: "nftables",
      hostnameOverride: nodeName,
      clusterCIDR: podCIDR,
      clientConnection: { kubeconfig },
      // How many connections are tracked can be set outside of all network namespaces only.
      conntrack: { maxPerCore: 0 },
    };
    await writeFile(agent.#config, JSON.stringify(config));
    return agent;
  }

  private constructor(program: string, folder: string, kubeconfig: string) {
    this.#program = program;
    this.#folder = folder;
    this.#config = join(folder, "config.yaml");
    this.#kubeconfig = kubeconfig;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#process?.isRunning ?? false;
  }

  start(): void {
    this.#formerLog.push(...(this.#process?.log ?? []));
    const command = [process.execPath, this.#program, "run", "--config", this.#config];
    this.#process = new AgentProcess(command, environment, this.#folder);
  }

  /** Rejects with Trouble where it does not end. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<End> {
    const end = await Promise.race([this.#process?.end(signal), sleep(endSeconds * 1000)]);
    if (end === undefined) throw new Trouble(`the agent has not ended ${endSeconds} s after ${signal}`);
    return end;
  }

  /** What it, and those before it, have logged since the last call. */
  takeLog(): readonly LogLine[] {
    return [...this.#formerLog.splice(0), ...(this.#process?.log.splice(0) ?? [])];
  }

  /** What distinguishes the kernel from a fresh compile of the cluster, in lines; empty if nothing does. */
  async differences(): Promise<string> {
    const sources = ["--kubeconfig", this.#kubeconfig, "--config", this.#config, "--node-name", nodeName, "--counters"];
    const { stdout, stderr, exitCode } = await execa(process.execPath, [this.#program, "diff", ...sources], {
      reject: false,
    });
    return exitCode === 0 ? "" : `exit code ${exitCode}\n${stdout}${stderr}`;
  }
}

const endSeconds = 120;
const environment = { ...process.env, NODE_OPTIONS: imageNodeOptions() };
