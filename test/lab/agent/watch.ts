import type { Packet } from "../packet/ip.ts";
import { type Sighted, type Sighting, sightingIn } from "../packet/sighting.ts";

/** Tells those who wait for an answer of the packet that brings it. */
export class Watch {
  readonly #waiting = new Map<string, (sighting: Sighting) => void>();

  /** Runs `action`, which gets the first sighting as soon as it comes. */
  async during<T>(
    protocol: Sighted["protocol"],
    sourcePort: number,
    action: (sighted: Promise<Sighting>) => Promise<T>,
  ): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<Sighting>();
    const key = `${protocol}/${sourcePort}`;
    this.#waiting.set(key, resolve);
    try {
      return await action(promise);
    } finally {
      this.#waiting.delete(key);
    }
  }

  see(packet: Packet): void {
    const sighted = sightingIn(packet);
    if (sighted) {
      this.#waiting.get(`${sighted.protocol}/${sighted.port}`)?.(sighted.sighting);
    }
  }
}
