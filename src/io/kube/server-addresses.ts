import { isIP, type Socket } from "node:net";
import type { ServerAddress } from "../../compile/plan/service-plan.ts";
import { address, compareAddresses } from "../../model/address.ts";
import { port } from "../../model/port.ts";

/** The addresses and ports at which a server was or may be reached: from its URL, its name, and connections. */
export class ServerAddresses {
  #known: readonly ServerAddress[] = [];
  #onChange: () => void = () => undefined;

  constructor(url: string) {
    const { hostname, port: number, protocol } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    if (isIP(host)) this.#add(host, Number(number) || (protocol === "http:" ? 80 : 443));
  }

  /** Sorted, independent of the order in which they became known. */
  get known(): readonly ServerAddress[] {
    return this.#known.toSorted((a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
  }

  /** Calls back on changes. */
  follow(onChange: () => void): void {
    this.#onChange = onChange;
  }

  /** Records the peer of a socket, connected or about to be; it may be a proxy. */
  note(socket: Socket): void {
    if (!socket.connecting) return;
    const found: string[] = [];
    socket.on("lookup", (_, text) => found.push(text));
    socket.once("connect", () => {
      const { remoteAddress = "", remotePort = 0 } = socket;
      for (const text of [...found, remoteAddress]) this.#add(text, remotePort);
    });
  }

  #add(text: string, number: number): void {
    const added = { address: address(text), port: port(number) };
    if (added.address === undefined || added.port === undefined) return;
    const others = this.#known.filter((each) => each.address !== added.address || each.port !== added.port);
    const isNew = others.length === this.#known.length;
    this.#known = [...others, { address: added.address, port: added.port }].slice(-mostKnown);
    if (isNew) this.#onChange();
  }
}

/** A name may resolve to ever new addresses. */
const mostKnown = 16;
