import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { labUnavailable } from "../../lab/unavailable.ts";
import { NetNamespace } from "../../support/net-namespace.ts";
import { applyIn } from "../layouts/site.ts";
import { Dialogue } from "./dialogue.ts";

/** What traffic.pl sends. */
export type Traffic = { readonly kind: "udp" | "tcp" | "stream"; readonly count: number };

/** How long it took, and how much processor time of all programs and of the kernel, in seconds. */
export type Cost = { readonly seconds: number; readonly cpuSeconds: number };

/** A client, a node and all pods, each in a network namespace: packets of the client cross the node to get to a pod. */
export class World {
  readonly #client: NetNamespace;
  readonly #node: NetNamespace;
  readonly #pods: NetNamespace;
  #sink: Dialogue | undefined;

  /** Rejects where there can be no such world, and says why. */
  static async start(): Promise<World> {
    const reason = labUnavailable();
    if (reason !== undefined) throw new Error(`packets cannot be sent: ${reason}`);
    const world = new World(await NetNamespace.start(), await NetNamespace.start(), await NetNamespace.start());
    await world.#connect();
    return world;
  }

  private constructor(client: NetNamespace, node: NetNamespace, pods: NetNamespace) {
    this.#client = client;
    this.#node = node;
    this.#pods = pods;
  }

  /** Loads rules into the node. Returns whether it could in so many ms. */
  async load(text: string, limit: number): Promise<boolean> {
    return (await applyIn(this.#node, text, limit)) !== undefined;
  }

  /** Sends traffic to targets in turn, `address port` each; throws if not all of it reaches port 8080 of a pod. */
  async cost({ kind, count }: Traffic, targets: readonly string[]): Promise<Cost> {
    const sender = new Dialogue([...this.#client.enter, "perl", trafficProgram, kind, String(count)]);
    sender.say([...targets, "prepare"].join("\n"));
    await sender.hear("ready");
    const before = await this.#arrived(kind);
    const cpu = await busySeconds();
    const start = performance.now();
    sender.say("go");
    await sender.hear("done");
    const cost = { seconds: (performance.now() - start) / 1000, cpuSeconds: (await busySeconds()) - cpu };
    await sender.end();
    const arrived = (await this.#arrived(kind)) - before;
    const sent = kind === "stream" ? count * 1e6 : count;
    if (arrived < sent - (kind === "udp" ? fitting : 0)) throw new Error(`${arrived} of ${sent} arrived: ${kind}`);
    // The next run finds the table of connections as empty as this one did.
    await this.#node.must(["conntrack", "--flush"]);
    return cost;
  }

  async close(): Promise<void> {
    await this.#sink?.end();
    for (const namespace of [this.#client, this.#node, this.#pods]) await namespace.close();
  }

  async #connect(): Promise<void> {
    const [client, node, pods] = [this.#client, this.#node, this.#pods];
    await node.must(["ip", "-batch", "-"], cable(client, "client") + cable(pods, "pods") + nodeSetup);
    await client.must(["ip", "-batch", "-"], uplink("10.200.0"));
    await pods.must(["ip", "-batch", "-"], `${uplink("10.201.0")}route add local ${endpoints} dev lo\n`);
    await node.must(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
    this.#sink = new Dialogue([...pods.enter, "perl", sinkProgram]);
    await this.#sink.hear("ready");
  }

  /** How many UDP packets, TCP connections or bytes have reached port 8080. */
  async #arrived(kind: Traffic["kind"]): Promise<number> {
    if (kind !== "udp") {
      this.#sink?.say("");
      const [connections = 0, bytes = 0] = ((await this.#sink?.listen()) ?? "").split(" ").map(Number);
      return kind === "tcp" ? connections : bytes;
    }
    const counters = (await this.#pods.must(["cat", "/proc/net/snmp"])).split("\n");
    const [names = [], values = []] = counters.filter((line) => line.startsWith("Udp:")).map((line) => line.split(" "));
    return Number(values[names.indexOf("RcvbufErrors")]);
  }
}

/** The UDP packets that the buffer of sink.pl may hold. All others are counted when the kernel drops them. */
const fitting = 10;

const trafficProgram = fileURLToPath(new URL("traffic.pl", import.meta.url));
const sinkProgram = fileURLToPath(new URL("sink.pl", import.meta.url));

/** All that is or may become an endpoint: one host has all of these addresses. */
const endpoints = "10.128.0.0/10";

/** Segments leave the host one by one, as over a wire: else the node would see few large ones. */
function cable(to: NetNamespace, name: string): string {
  return `link add eth0 gso_max_segs 1 netns ${to.pid} type veth peer name ${name}\n`;
}

const nodeSetup = `link set client up
link set pods up
address add 10.200.0.1/24 dev client
address add 10.201.0.1/24 dev pods
route add 10.200.1.0/24 via 10.200.0.2
route add ${endpoints} via 10.201.0.2
`;

function uplink(network: string): string {
  return `link set eth0 up
address add ${network}.2/24 dev eth0
route replace default via ${network}.1
`;
}

/** The time that all processors have worked, for programs, the kernel and its interrupts. */
async function busySeconds(): Promise<number> {
  const [line = ""] = (await readFile("/proc/stat", "utf8")).split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}
