import type { Relay } from "./relay.ts";

/**
 * The connections that are passed on, of which there may only be so many: each takes two files, and memory while its
 * receivers are slow.
 *
 * New ones are always taken. If there is no room, that of the port that has the most goes, and of these the newest: who opens
 * ever more takes room from nobody else.
 */
export class Relays {
  readonly #most: number;
  readonly #byPort = new Map<string, Set<Relay>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  /** Resolves when it has ended: with what became of it. */
  async add(port: string, relay: Relay): Promise<RelayResult> {
    const siblings = this.#byPort.get(port) ?? new Set();
    this.#byPort.set(port, siblings.add(relay));
    this.#count += 1;
    if (this.#count > this.#most) this.#makeRoom();
    const wasReached = await relay.ended;
    const wasCut = !this.#remove(port, relay);
    return wasCut ? "cut" : wasReached ? "passed on" : "unreachable";
  }

  cutAll(): void {
    for (const relays of this.#byPort.values()) for (const { cut } of relays) cut();
  }

  #makeRoom(): void {
    const [port, relays] = [...this.#byPort].reduce((most, each) => (each[1].size > most[1].size ? each : most));
    const newest = [...relays].at(-1);
    if (newest === undefined) return;
    this.#remove(port, newest);
    newest.cut();
  }

  /** Whether it was there. */
  #remove(port: string, relay: Relay): boolean {
    const relays = this.#byPort.get(port);
    if (!relays?.delete(relay)) return false;
    this.#count -= 1;
    if (relays.size === 0) this.#byPort.delete(port);
    return true;
  }
}

/** `cut`: there was no room for it. `unreachable`: its endpoint did not answer, or refused it. */
export type RelayResult = (typeof relayResults)[number];

export const relayResults = ["passed on", "unreachable", "cut"] as const;
