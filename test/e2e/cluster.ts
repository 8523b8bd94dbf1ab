import type { SpawnedAPIServer } from "../api-server/spawn.ts";
import type { KubernetesObject, Reference } from "../api-server/store.ts";
import { createLab, type Lab, type OpenConnection } from "../lab/lab.ts";
import { words } from "../lab/messages.ts";
import { addresses, externalCIDRs, familyOf, loadBalancerCIDRs, serviceCIDRs } from "../lab/world.ts";
import { type Row, row } from "../packets/row.ts";
import { volleySize } from "../packets/send.ts";
import { builtProgram } from "../support/built.ts";
import { eventually } from "../support/eventually.ts";
import { Node, type NodeHost } from "./node.ts";
import { startNodeAPIServer, stopNodeAPIServer } from "./node-api-server.ts";
import { nodeObject } from "./scenarios/node-object.ts";
import type { Step } from "./scenarios/scenario.ts";

/** Three nodes with an agent each, and an API server outside them. */
export class Cluster {
  readonly lab: Lab;
  readonly #api: SpawnedAPIServer;
  readonly #nodes: readonly Node[];
  /** The source ports of clients that keep theirs, by the row's client and frontend. */
  readonly #ports = new Map<string, number>();

  static async start(nft: string): Promise<Cluster> {
    const [lab, program] = await Promise.all([createLab({ nft, threeNodes: true }), builtProgram()]);
    const api = await startNodeAPIServer(lab.enter("outside"), ["--host", addresses.outside[0] ?? ""]);
    await Promise.all(hosts.slice(1).map((host) => leaveServicesAlone(lab, host)));
    const end = async () => {};
    const nodes = await Promise.all(hosts.map((host) => Node.join({ host, lab, program, nft, api, end }, config)));
    await api.call("put", ...hosts.map((host) => nodeObject(host)));
    await Promise.all(nodes.map((node) => node.run()));
    return new Cluster(lab, api, nodes);
  }

  private constructor(lab: Lab, api: SpawnedAPIServer, nodes: readonly Node[]) {
    this.lab = lab;
    this.#api = api;
    this.#nodes = nodes;
  }

  /** Executes a step, and waits until it has taken effect. */
  async take({ put = [], delete: gone = [], rows = [], flows = [], health, waitsForAll }: Step): Promise<void> {
    await this.delete(...gone);
    await this.put(...put);
    if (waitsForAll === true) await this.caughtUp();
    await Promise.all([
      ...rows.map((sentence) => this.#untilRight(row(sentence))),
      ...flows.map((sentence) => this.#untilMoved(row(sentence))),
      ...(health === undefined ? [] : this.#nodes.map((node) => untilHealth(node, health.port, health[node.host]))),
    ]);
  }

  put(...objects: readonly KubernetesObject[]): Promise<string> {
    return this.#api.call("put", ...objects);
  }

  async delete(...references: readonly Reference[]): Promise<void> {
    if (references.length > 0) await this.#api.call("delete", ...references);
  }

  /** Waits until all kernels hold what a fresh compile of the cluster gives. */
  async caughtUp(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.caughtUp()));
  }

  /** Opens a connection as a row says, which must reach one of its endpoints. */
  async open(sentence: string): Promise<OpenConnection> {
    const { from, to, port, outcomes } = row(sentence);
    const connection = await this.lab.open({ from, to, port, patience: 20_000 });
    if (!outcomes.includes(words(connection.outcome))) throw new Error(`${sentence}: ${words(connection.outcome)}`);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    await stopNodeAPIServer(this.#api);
    await this.lab.close();
  }

  /** Waits until new connections have the row's results. */
  #untilRight({ sentence, from, to, port, protocol, outcomes, isSticky }: Row): Promise<void> {
    const isMute = outcomes.every((outcome) => outcome === "dropped");
    const probe = { from, to, port, protocol, patience: isMute ? 400 : 3000 };
    const count = isSticky ? 8 : volleySize(outcomes.length);
    const look = async () => {
      const seen = Object.keys(await this.lab.volley(probe, { count, atOnce: isSticky ? 1 : 20 })).sort();
      const isRight = isSticky
        ? seen.length === 1 && outcomes.includes(seen[0] ?? "")
        : seen.join() === outcomes.join();
      return isRight ? sentence : `${sentence}; but ${seen.join(" or ")}`;
    };
    return eventually(look, sentence);
  }

  /**
   * Waits until a client's datagrams, all from one port, have one of the row's outcomes, masqueraded or not: the kernel
   * changes a port that a flow to the same endpoint has used.
   */
  #untilMoved({ sentence, from, to, port, protocol, outcomes }: Row): Promise<void> {
    const key = `${from} ${to} ${port}`;
    const sourcePort = this.#ports.get(key) ?? 20_000 + this.#ports.size;
    this.#ports.set(key, sourcePort);
    const look = async () => {
      const came = words(await this.lab.probe({ from, to, port, protocol, sourcePort, patience: 1000 }));
      return outcomes.map(endpointOf).includes(endpointOf(came)) ? sentence : `${sentence}; but ${came}`;
    };
    return eventually(look, sentence);
  }
}

function endpointOf(outcome: string): string {
  return outcome.replace(" masqueraded", "");
}

/** The other nodes of a lab route packets for Services to the first one, which would translate what they do not. */
async function leaveServicesAlone(lab: Lab, host: NodeHost): Promise<void> {
  for (const cidr of [...serviceCIDRs, ...loadBalancerCIDRs, ...externalCIDRs]) {
    const { exitCode, stderr } = await lab.run(host, ["ip", `-${familyOf(cidr)}`, "route", "del", cidr]);
    if (exitCode !== 0) throw new Error(`no route to ${cidr} in ${host}: ${stderr}`);
  }
}

/** Flows that are about to be used again must not time out on a slow machine. */
const config = { conntrack: { maxPerCore: 0, udpTimeout: "10m", udpStreamTimeout: "10m" } };

const hosts: readonly NodeHost[] = ["node", "node2", "node3"];

function untilHealth(node: Node, port: number, expected: string): Promise<void> {
  const look = async () => {
    const { code, body } = await node.page("/", port, addresses[node.host][0]);
    return `${node.host}: ${code === 0 ? "no answer" : `${code} ${JSON.parse(body).localEndpoints}`}`;
  };
  return eventually(look, `${node.host}: ${expected}`);
}
