import { listeners, outsideRuleset } from "./listeners.ts";
import type { Attempt, Outcome, Protocol, UseCounts } from "./messages.ts";
import { Namespace, type Ran } from "./namespace.ts";
import { cables, type PodNetwork, setup } from "./topology.ts";
import { labUnavailable } from "./unavailable.ts";
import { addresses, familyOf, type Host, hostOf, hostPorts, hosts, type Place, places, podPorts } from "./world.ts";

export interface LabOptions {
  /** The nft program for the node; by default the one in PATH. */
  readonly nft?: string;
  /** By default `routed`. */
  readonly podNetwork?: PodNetwork;
  /** Where the pods listen, with TCP and UDP. */
  readonly podPorts?: readonly number[];
  /** Where nodes themselves listen, with TCP and UDP. */
  readonly hostPorts?: readonly number[];
  /** Whether there is a `node3`. */
  readonly threeNodes?: boolean;
}

/** One row of a packet test. */
export interface Probe {
  /** A place, which calls from its first address of the family, or a place and one of its addresses. */
  readonly from: Place | `${Place}:${string}`;
  readonly to: string;
  /** Not for ICMP. */
  readonly port?: number;
  /** By default TCP. */
  readonly protocol?: Protocol;
  /** By default a fresh one. */
  readonly sourcePort?: number;
  /**
   * Milliseconds of silence that mean "dropped", by default 400. Who expects an answer should have more patience than
   * who expects silence: then a busy machine makes a test slow, not wrong.
   */
  readonly patience?: number;
}

export interface VolleyOptions {
  readonly count: number;
  /** Source addresses that take turns. */
  readonly sources?: readonly string[];
  /** By default 50. With 1 each probe sees what the one before it has left in the kernel. */
  readonly atOnce?: number;
}

export interface OpenConnection {
  /** Of the first exchange. */
  readonly outcome: Outcome;
  /** One more exchange. */
  readonly again: () => Promise<Outcome>;
  readonly hangUp: () => Promise<void>;
}

/** Makes a world with nobody's rules in it. Throws an Error with the reason where there can be no lab. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const reason = labUnavailable();
  if (reason !== undefined) {
    throw new Error(`no packet lab: ${reason}`);
  }
  const wanted = hosts.filter((host) => host !== "node3" || options.threeNodes === true);
  const started = await Promise.allSettled(wanted.map((host) => Namespace.start(host)));
  const namespaces = started.filter((start) => start.status === "fulfilled").map((start) => start.value);
  try {
    const failed = started.find((start) => start.status === "rejected");
    if (failed) {
      throw failed.reason;
    }
    await connect(namespaces, options);
    return new Lab(namespaces, options.nft ?? "nft");
  } catch (error) {
    await closeAll(namespaces);
    throw error;
  }
}

/** A small world with real packets; `world.ts` has its map. `close` it, or end the process, and it is gone. */
export class Lab {
  readonly #namespaces: readonly Namespace[];
  readonly #nft: string;
  #connections = 0;

  constructor(namespaces: readonly Namespace[], nft: string) {
    this.#namespaces = namespaces;
    this.#nft = nft;
  }

  /** Makes this text the only rules of the node, and lets it forget all connections. Not while probes are under way. */
  async load(ruleset: string): Promise<void> {
    const { exitCode, stderr } = await this.nft(["-f", "-"], `flush ruleset; ${ruleset}`);
    if (exitCode !== 0) {
      throw new Error(`nft refuses the ruleset: ${stderr}`);
    }
    await this.#at("node").must(["conntrack", "--flush"]);
  }

  /** Runs nft in the node's namespace. It may fail. */
  nft(args: readonly string[], input = ""): Promise<Ran> {
    return this.run("node", [this.#nft, ...args], input);
  }

  /** Runs a command in a namespace. It may fail. */
  run(host: Host, command: readonly string[], input = ""): Promise<Ran> {
    return this.#at(host).run(command, input);
  }

  /** The words that make the command after them run in a namespace. It ends with the process that starts it. */
  enter(host: Host): readonly string[] {
    return this.#at(host).enter;
  }

  probe(probe: Probe): Promise<Outcome> {
    return this.#at(hostOf(placeIn(probe.from))).ask("attempt", attemptOf(probe));
  }

  /** The same probe many times, each time from a fresh port, and how often each outcome came, in `words`. */
  volley(probe: Probe, { count, sources = [], atOnce = 50 }: VolleyOptions): Promise<UseCounts> {
    const question = { attempt: attemptOf(probe), count, sources, atOnce };
    return this.#at(hostOf(placeIn(probe.from))).ask("volley", question);
  }

  /** Sends so many bytes to an `echoPort`. Resolves with `whole` if they come back, or with what happens instead. */
  bulk(probe: Probe, bytes: number): Promise<string> {
    return this.#at(hostOf(placeIn(probe.from))).ask("bulk", { attempt: attemptOf(probe), bytes });
  }

  /** Like a probe over TCP, but the connection stays open and can be used again. */
  async open(probe: Probe): Promise<OpenConnection> {
    const agent = this.#at(hostOf(placeIn(probe.from)));
    const attempt = attemptOf(probe);
    this.#connections += 1;
    const connection = this.#connections;
    return {
      outcome: await agent.ask("open", { connection, attempt }),
      again: () => agent.ask("again", { connection, patience: attempt.patience }),
      hangUp: () => agent.ask("hangUp", connection),
    };
  }

  close(): Promise<void> {
    return closeAll(this.#namespaces);
  }

  #at(host: Host): Namespace {
    return hostAmong(this.#namespaces, host);
  }
}

async function connect(namespaces: readonly Namespace[], options: LabOptions): Promise<void> {
  const outside = hostAmong(namespaces, "outside");
  const present = namespaces.map(({ host }) => host);
  await outside.must(
    ["ip", "-batch", "-"],
    cables(present, (host) => hostAmong(namespaces, host).pid),
  );
  await Promise.all([
    outside.must(["nft", "-f", "-"], outsideRuleset),
    ...namespaces.map(async (namespace) => {
      await namespace.must(["ip", "-batch", "-"], setup(namespace.host, present, options.podNetwork ?? "routed"));
      await namespace.ask(
        "listen",
        listeners(namespace.host, options.podPorts ?? podPorts, options.hostPorts ?? hostPorts),
      );
    }),
  ]);
}

async function closeAll(namespaces: readonly Namespace[]): Promise<void> {
  await Promise.all(namespaces.map((namespace) => namespace.close()));
}

function hostAmong(namespaces: readonly Namespace[], host: Host): Namespace {
  const found = namespaces.find((namespace) => namespace.host === host);
  if (!found) {
    throw new Error(`the lab has no namespace ${host}`);
  }
  return found;
}

function attemptOf({ from, to, port = 0, protocol = "tcp", sourcePort, patience = 400 }: Probe): Attempt {
  return { protocol, to, port, source: sourceOf(from, to), sourcePort, patience };
}

export function placeIn(from: Probe["from"]): Place {
  const found = places.find((place) => from === place || from.startsWith(`${place}:`));
  if (!found) {
    throw new Error(`nobody in the lab is called ${from}`);
  }
  return found;
}

/** The node has several addresses and lets its kernel choose, like any process on a node. */
export function sourceOf(from: Probe["from"], to: string): string | undefined {
  const place = placeIn(from);
  if (from !== place) {
    return from.slice(place.length + 1);
  }
  return place === "node" ? undefined : addresses[place].find((address) => familyOf(address) === familyOf(to));
}
