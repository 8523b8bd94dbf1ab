import type { Clock } from "../daemon/coalescer.ts";
import { knownNode } from "../daemon/known-node.ts";
import type { Log } from "../io/host/log.ts";
import type { PreviousNode } from "../io/nft/previous-node.ts";
import type { Node } from "../model/node.ts";

export type RememberedNodeOptions = {
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Used if the API does not have enough at the start. */
  readonly readPrevious: () => Promise<PreviousNode>;
};

/** What is known about this node's Node, which may be more than the API has: a deleted or empty Node changes nothing. */
export class RememberedNode {
  readonly #options: RememberedNodeOptions;
  #node: Node | undefined;
  #isMore = false;
  #onTold: () => void = () => undefined;

  constructor(options: RememberedNodeOptions) {
    this.#options = options;
  }

  get node(): Node | undefined {
    return this.#node;
  }

  /** Takes the Node from the API; undefined if there is none. */
  tell(told: Node | undefined): void {
    const { log, nodeName } = this.#options;
    this.#node = knownNode(this.#node, told);
    this.#onTold();
    const isMore = JSON.stringify(this.#node) !== JSON.stringify(told);
    if (isMore === this.#isMore) return;
    this.#isMore = isMore;
    if (isMore) log.warn({ node: nodeName }, "the Node is gone or incomplete; its last known state stays in force");
    else log.info({ node: nodeName }, "the Node is complete again");
  }

  /**
   * Resolves when no field is missing. Missing fields are taken from what our tables were compiled from. If they are not
   * there either, it waits up to half a minute for the Node.
   */
  async untilKnown(missing: (node: Node | undefined) => readonly string[], signal: AbortSignal): Promise<void> {
    const { nodeName, clock, log } = this.#options;
    if (missing(this.#node).length > 0) await this.#takePrevious();
    const fields = missing(this.#node);
    if (fields.length === 0) return;
    log.warn({ node: nodeName, fields }, "the Node is incomplete; waiting up to 30 s for it");
    const { promise: known, resolve } = Promise.withResolvers<void>();
    this.#onTold = () => {
      if (missing(this.#node).length === 0) resolve();
    };
    await Promise.race([known, clock.sleep(30_000, signal)]);
  }

  async #takePrevious(): Promise<void> {
    const { nodeName: name, log, readPrevious } = this.#options;
    try {
      const previous = await readPrevious();
      if (previous.addresses.length + previous.podCIDRs.length === 0) return;
      const before = { name, zone: undefined, taints: [], isBeingDeleted: false, ...previous };
      this.#node = knownNode(before, this.#node);
      this.#isMore = true;
      log.warn(
        { node: name, ...previous },
        "the Node is incomplete; using what the tables in the kernel were compiled from",
      );
    } catch (error) {
      log.warn({ err: error }, "cannot read from the tables in the kernel what is missing from the Node");
    }
  }
}
