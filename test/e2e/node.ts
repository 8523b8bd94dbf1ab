import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import type { KubernetesObject, Reference } from "../api-server/store.ts";
import { root } from "../golden/fixture.ts";
import type { Lab, Probe } from "../lab/lab.ts";
import { type UseCounts, words } from "../lab/messages.ts";
import type { Ran } from "../lab/namespace.ts";
import { clusterCIDRs, type Host, node as node1, node2, node3 } from "../lab/world.ts";
import { eventually } from "../support/eventually.ts";
import { Resident } from "../support/resident.ts";
import { AgentProcess } from "./agent-process.ts";
import { startNodeAPIServer, stopNodeAPIServer } from "./node-api-server.ts";
import { NodeNft } from "./node-nft.ts";

export type NodeOptions = {
  /** Fields of the KubeProxyConfiguration. */
  readonly config?: object;
  /** Options of the API server. */
  readonly cluster?: readonly string[];
};

export type LaunchOptions = {
  readonly through?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
};

/** A page of the agent. */
export type Page = { readonly code: number; readonly body: string };

/** A node of the lab. */
export type NodeHost = "node" | "node2" | "node3";

/** The names of their Node objects. */
export const nodeNames: Readonly<Record<NodeHost, string>> = { node: node1.name, node2: node2.name, node3: node3.name };

type Parts = {
  readonly host: NodeHost;
  readonly lab: Lab;
  readonly program: string;
  readonly nft: string;
  readonly api: SpawnedAPIServer;
  readonly folder: string;
  readonly kubeconfig: string;
  /** Resources that are released with it. */
  readonly end: () => Promise<void>;
};

/** A node of the lab, and the agent, which can be restarted there. */
export class Node {
  readonly host: NodeHost;
  readonly lab: Lab;
  readonly api: SpawnedAPIServer;
  readonly nft: NodeNft;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly #program: string;
  readonly #agents: AgentProcess[] = [];
  #resident: Resident | undefined;
  readonly #end: () => Promise<void>;

  /** The lab's first node, with an API server on its loopback interface, which ends with it. */
  static async start(lab: Lab, program: string, nft: string, options: NodeOptions): Promise<Node> {
    await lab.load("");
    const api = await startNodeAPIServer(lab.enter("node"), options.cluster ?? []);
    const end = () => stopNodeAPIServer(api);
    return Node.join({ host: "node", lab, program, nft, api, end }, options.config);
  }

  /** A node that gets its cluster from a given API server. */
  static async join(parts: Omit<Parts, "folder" | "kubeconfig">, config: object = {}): Promise<Node> {
    const folder = await mkdtemp(join(tmpdir(), "kube-nft-"));
    const node = new Node({ ...parts, folder, kubeconfig: await parts.api.call("writeKubeconfig", folder) });
    await node.nft.behave({ kind: "works" });
    await node.configure(config);
    return node;
  }

  private constructor({ host, lab, program, nft, api, folder, kubeconfig, end }: Parts) {
    this.host = host;
    this.lab = lab;
    this.api = api;
    this.folder = folder;
    this.kubeconfig = kubeconfig;
    this.nft = new NodeNft(join(folder, "bin"), nft);
    this.#program = program;
    this.#end = end;
  }

  /** The agent that was started last. */
  get agent(): AgentProcess {
    const agent = this.#agents.at(-1);
    if (agent === undefined) throw new Error("no agent was started");
    return agent;
  }

  async configure(config: object): Promise<void> {
    const defaults = {
      apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
      kind: "KubeProxyConfiguration",
      mode: "nftables",
      hostnameOverride: nodeNames[this.host],
      clusterCIDR: clusterCIDRs.join(),
      clientConnection: { kubeconfig: this.kubeconfig },
      // The maximum number of tracked connections can only be set outside all network namespaces.
      conntrack: { maxPerCore: 0 },
    };
    await writeFile(this.#config, JSON.stringify({ ...defaults, ...config }));
  }

  /** Starts the agent, and waits until it is healthy. */
  async run(options?: LaunchOptions): Promise<AgentProcess> {
    const agent = this.launch(options);
    await this.synced(0);
    return agent;
  }

  /** Starts the agent. `through`: a program that starts it, with its arguments; `flags`: additional ones. */
  launch({ through = [], flags = [], env = {} }: LaunchOptions = {}): AgentProcess {
    const run = [process.execPath, this.#program, "run", "--config", this.#config, "-v", "2", ...flags];
    const command = [...this.lab.enter(this.host), ...through, ...run];
    const agent = new AgentProcess(command, { ...this.#env, ...env }, this.folder);
    this.#agents.push(agent);
    return agent;
  }

  put(...objects: KubernetesObject[]): Promise<string> {
    return this.api.call("put", ...objects);
  }

  /** Changes objects, and waits until the changes are in the kernel. */
  async putSynced(...objects: KubernetesObject[]): Promise<void> {
    await this.put(...objects);
    await this.caughtUp();
  }

  async deleteSynced(...references: Reference[]): Promise<void> {
    await this.api.call("delete", ...references);
    await this.caughtUp();
  }

  /** Waits until the kernel holds what a fresh compile of the cluster gives. */
  caughtUp(): Promise<void> {
    return eventually(() => this.differences(), "");
  }

  /** Waits until both tables have had a round, according to the log from a position on. */
  async synced(from: number): Promise<void> {
    for (const family of ["ip", "ip6"]) {
      const wanted = { from, what: `a sync of ${family}` };
      await this.agent.line((line) => line.msg === "synced" && line["family"] === family, wanted);
    }
  }

  /** Waits until the agent notices foreign changes of the tables: until a process listens to the kernel's notifications. */
  untilWatched(): Promise<void> {
    const listens = async () =>
      / 12 +\d+ +00000040 /.test((await this.lab.run(this.host, ["cat", "/proc/net/netlink"])).stdout);
    return eventually(listens, true);
  }

  /** A page of the agent; the code is 0 if there is none. */
  async page(path: string, port = 10256, host = "127.0.0.1", from: Host = this.host): Promise<Page> {
    const request = `GET ${path} HTTP/1.0\r\n\r\n`;
    // The client must not hang up before the answer.
    const socat = ["socat", "-T10", "-t0.05", "-,ignoreeof", `TCP:${host}:${port}`];
    const { stdout } = await this.lab.run(from, socat, request);
    const [head = "", body = ""] = stdout.split("\r\n\r\n");
    return { code: Number(/^HTTP\/\S+ (\d+)/.exec(head)?.[1] ?? 0), body };
  }

  /** Waits until a page has a code, and returns the page. */
  async untilPage(path: string, code: number): Promise<Page> {
    let page: Page = { code: 0, body: "" };
    await eventually(async () => {
      page = await this.page(path);
      return page.code;
    }, code);
    return page;
  }

  /** The differences between the kernel and a fresh compile of the cluster, in lines; empty if there are none. */
  async differences(): Promise<string> {
    const name = nodeNames[this.host];
    const sources = ["--kubeconfig", this.kubeconfig, "--config", this.#config, "--node-name", name, "--counters"];
    this.#resident ??= new Resident(this.lab.enter(this.host), this.#program, this.#env);
    const { stdout, stderr, exitCode } = await this.#resident.run(["diff", ...sources]);
    return exitCode === 0 ? "" : `exit code ${exitCode}\n${stdout}${stderr}`;
  }

  /** Runs a command of kube-nft on the node. It may fail. */
  kubeNFT(args: readonly string[], input = ""): Promise<Ran> {
    const env = ["PATH", "NODE_COMPILE_CACHE"].map((name) => `${name}=${this.#env[name]}`);
    return this.lab.run(this.host, ["env", ...env, process.execPath, this.#program, ...args], input);
  }

  /** The result of a connection, in the lab's words. */
  async reach(probe: Probe): Promise<string> {
    return words(await this.lab.probe({ patience: 5000, ...probe }));
  }

  /** The endpoints that answer, sorted. */
  async answerers(probe: Probe, count = 40): Promise<readonly string[]> {
    const tally: UseCounts = await this.lab.volley({ patience: 5000, ...probe }, { count, atOnce: 10 });
    return Object.keys(tally).sort();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.map((agent) => agent.destroy()), this.#resident?.close()]);
    await this.#end();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #config(): string {
    return join(this.folder, "config.yaml");
  }

  get #env(): NodeJS.ProcessEnv {
    const path = `${this.nft.folder}:${process.env["PATH"]}`;
    // Half of a start is compilation.
    return { ...process.env, PATH: path, NODE_COMPILE_CACHE: `${root}/.cache/node` };
  }
}
