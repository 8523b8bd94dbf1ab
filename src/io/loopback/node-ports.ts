import type { Socket } from "node:net";
import type { LoopbackStatus } from "../../ask/status/status.ts";
import type { LoopbackNodePort, LoopbackTarget } from "../../daemon/follow/loopback-node-ports.ts";
import { type Family, loopbackAddress } from "../../model/address.ts";
import type { Port } from "../../model/port.ts";
import type { ObjectKey } from "../../model/service.ts";
import { mostOpenFiles } from "../host/host.ts";
import { listen } from "../host/listen.ts";
import { relay } from "./relay.ts";
import { type RelayResult, Relays } from "./relays.ts";

export type LoopbackServersOptions = {
  readonly events: LoopbackEvents;
  /** Milliseconds, which only ever grow. */
  readonly now: () => number;
  /** From 0 to less than 1. */
  readonly random: () => number;
  /** Milliseconds from a failure to the next try. */
  readonly retryAfter?: number;
  /** How many ports may be open, counted per address; by default a quarter of the files that this process may open. */
  readonly mostPorts?: number;
  /** How many connections there may be at a time; by default 500, or as many as take a sixteenth of these files. */
  readonly mostConnections?: number;
};

export type LoopbackEvents = {
  /** A port cannot be opened. It is tried again. */
  failed(family: Family, service: ObjectKey, error: Error): void;
  /** So many are open now. */
  listening(family: Family, ports: number): void;
  /** A connection has ended. */
  ended(family: Family, result: RelayResult): void;
};

/**
 * NodePorts at the loopback addresses (KEP-6032). The kernel cannot translate packets from there to elsewhere, so this
 * process accepts the connections and makes others to the endpoints.
 *
 * A port that is closed takes no new connections; those that it has go on, as with packets that are translated.
 */
export class LoopbackServers {
  readonly #options: LoopbackServersOptions;
  readonly #ports = new Map<string, OpenPort>();
  readonly #relays: Relays;
  readonly #mostPorts: number;
  readonly #listening = { ip: 0, ip6: 0 };
  /** Those that are open, or tried. */
  readonly #tried = new Set<OpenPort>();

  constructor(options: LoopbackServersOptions) {
    const files = mostOpenFiles();
    this.#options = options;
    this.#mostPorts = options.mostPorts ?? Math.floor(files / 4);
    this.#relays = new Relays(options.mostConnections ?? Math.min(500, Math.floor(files / 32)));
  }

  get status(): LoopbackStatus {
    const all = [...this.#ports.values()];
    return {
      ports: all.filter(({ isListening }) => isListening).length,
      connections: this.#relays.count,
      failures: all.flatMap(({ at, served: { service }, failure }) =>
        failure === undefined ? [] : [{ at, service, message: failure }],
      ),
    };
  }

  /** What connections to a port get from now on; undefined: nothing. */
  setPort(family: Family, port: Port, served: LoopbackNodePort | undefined): void {
    const at = `${loopbackAddress[family]} port ${port}`;
    const known = this.#ports.get(at);
    if (served === undefined) {
      this.#ports.delete(at);
      if (known !== undefined) this.#tried.delete(known);
      known?.closing.abort();
    } else if (known !== undefined) known.served = served;
    else this.#ports.set(at, this.#open({ at, family, port, served, closing: new AbortController() }));
    if (served === undefined && known?.isListening) this.#count(family, -1);
  }

  /** Closes all ports, and ends all connections. */
  async close(): Promise<void> {
    const all = [...this.#ports.values()];
    this.#ports.clear();
    for (const { closing } of all) closing.abort();
    this.#relays.cutAll();
    await Promise.all(all.map(({ closed }) => closed));
  }

  #open(wanted: Omit<OpenPort, "closed">): OpenPort {
    const { family, port, closing } = wanted;
    const { retryAfter, events } = this.#options;
    const opened: OpenPort = { ...wanted, closed: Promise.resolve() };
    const options = {
      address: loopbackAddress[family],
      port,
      ipv6Only: true,
      pauseOnConnect: true,
      onConnection: (socket: Socket) => void this.#passOn(opened, socket),
      onListening: () => {
        opened.isListening = true;
        opened.failure = undefined;
        this.#count(family, 1);
      },
      onFailure: (error: Error) => {
        opened.failure = error.message;
        events.failed(family, opened.served.service, error);
      },
      obstacle: () => this.#obstacle(opened),
      ...(retryAfter === undefined ? {} : { retryAfter }),
    };
    opened.closed = listen(options, closing.signal);
    return opened;
  }

  /** Who may create Services can have ports opened, while other parts of this process need to open files. */
  #obstacle(port: OpenPort): Error | undefined {
    if (this.#tried.size >= this.#mostPorts && !this.#tried.has(port))
      return new Error(`${this.#mostPorts} NodePorts are open at loopback addresses, which is the limit`);
    this.#tried.add(port);
    return undefined;
  }

  #count(family: Family, by: 1 | -1): void {
    this.#listening[family] += by;
    this.#options.events.listening(family, this.#listening[family]);
  }

  async #passOn(port: OpenPort, client: Socket): Promise<void> {
    const relayed = relay(client, this.#pick(port));
    this.#options.events.ended(port.family, await this.#relays.add(port.at, relayed));
  }

  /** Any of them; with session affinity the same for all clients, as they have one address. */
  #pick(port: OpenPort): LoopbackTarget {
    const { endpoints, affinitySeconds } = port.served;
    const now = this.#options.now();
    const { last } = port;
    const isKept = affinitySeconds !== undefined && last !== undefined && now <= last.at + 1000 * affinitySeconds;
    const kept = isKept && endpoints.has(last.target) ? last.target : undefined;
    const target = kept ?? endpoints.at(Math.floor(this.#options.random() * endpoints.count));
    port.last = { target, at: now };
    return target;
  }
}

type OpenPort = {
  /** `127.0.0.1 port 30500` */
  readonly at: string;
  readonly family: Family;
  readonly port: Port;
  readonly closing: AbortController;
  closed: Promise<void>;
  served: LoopbackNodePort;
  isListening?: boolean;
  failure?: string | undefined;
  /** The endpoint of the last connection, and when that began. */
  last?: { readonly target: LoopbackTarget; readonly at: number };
};
