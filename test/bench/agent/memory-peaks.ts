import { descendants, memory } from "./usage.ts";

/** The most memory in MB, since it is looked at: of any one nft, and of the process and all its children together. */
export class MemoryPeaks {
  readonly #pid: number;
  readonly #timer: NodeJS.Timeout;
  #nft = 0;
  #together = 0;

  /** Looks every 50 ms, at the agent and its children alone, which takes 0.1 ms. */
  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  get nft(): number {
    return this.#nft;
  }

  get together(): number {
    return this.#together;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const own = memory(this.#pid);
    if (own === undefined) return;
    let together = own.resident;
    for (const child of descendants(this.#pid)) {
      const seen = memory(child);
      // Before it becomes another program, a child shares the pages of its parent, and is called as it is.
      if (seen === undefined || seen.name === own.name) continue;
      together += seen.resident;
      if (seen.name === "nft") this.#nft = Math.max(this.#nft, seen.peak);
    }
    this.#together = Math.max(this.#together, together);
  }
}
