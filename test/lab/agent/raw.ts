import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Packet } from "../packet/ip.ts";
import { addresses, familyOf, type Host, hostOf, places, podGateways } from "../world.ts";

/** Raw IP sockets of this host, kept by a Perl program, as Node has none. It ends when its stdin does. */
export class RawSockets {
  readonly #perl: ChildProcessByStdio<Writable, Readable, null>;
  readonly #sending = new Map<string, (error: string | undefined) => void>();
  #sent = 0;

  /** Calls back with the packets that raw.pl lists. Ready when the promise is. */
  static async open(host: Host, see: (packet: Packet) => void): Promise<RawSockets> {
    const ready = Promise.withResolvers<void>();
    const sockets = new RawSockets(host, (line) => (line === "ready" ? ready.resolve() : sockets.#read(line, see)));
    await ready.promise;
    return sockets;
  }

  private constructor(host: Host, read: (line: string) => void) {
    this.#perl = spawn("perl", [program, ...ipv6Addresses(host)], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface(this.#perl.stdout).on("line", read);
    // Then the agent ends too, and the lab hears of it.
    this.#perl.on("exit", (code) => {
      throw new Error(`raw.pl ended with ${code}`);
    });
  }

  /** Settles when the packet is sent, with an error code if it was not. */
  send({ protocol, source, destination, payload }: Packet): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#sent += 1;
    this.#sending.set(String(this.#sent), resolve);
    this.#perl.stdin.write(`${this.#sent} ${protocol} ${source} ${destination} ${payload.toString("hex")}\n`);
    return promise;
  }

  #read(line: string, see: (packet: Packet) => void): void {
    const [kind, ...words] = line.split(" ");
    if (kind === "sent") {
      const [id = "", error] = words;
      this.#sending.get(id)?.(error);
      this.#sending.delete(id);
    } else {
      const [protocol, source = "", destination = "", payload = ""] = words;
      see({ protocol: Number(protocol), source, destination, payload: Buffer.from(payload, "hex") });
    }
  }
}

function ipv6Addresses(host: Host): readonly string[] {
  const own = places.filter((place) => hostOf(place) === host).flatMap((place) => addresses[place]);
  return [...own, ...(host === "node" ? podGateways : [])].filter((address) => familyOf(address) === 6);
}

const program = fileURLToPath(new URL("raw.pl", import.meta.url));
