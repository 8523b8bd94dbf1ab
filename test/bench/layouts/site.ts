import { execa } from "execa";
import { NetNamespace } from "../../support/net-namespace.ts";
import type { Layout } from "./layout.ts";
import type { Text } from "./operations.ts";

/** A network namespace for the tables of a layout. */
export class Site {
  readonly layout: Layout;
  readonly limit: number;
  #namespace: NetNamespace | undefined;

  /** A call of nft may take `limit` ms. */
  constructor(layout: Layout, limit: number) {
    this.layout = layout;
    this.limit = limit;
  }

  /** Carries out a transaction in a new namespace, as `applyIn`. */
  async applyAfresh(text: Text): Promise<number | undefined> {
    await this.close();
    this.#namespace = await NetNamespace.start();
    return this.apply(text);
  }

  /** As `applyIn`. */
  async apply(text: Text): Promise<number | undefined> {
    const namespace = this.#namespace;
    if (namespace === undefined) throw new Error("nothing was loaded yet");
    const began = performance.now();
    const made = typeof text === "string" ? text : await text(namespace);
    const making = performance.now() - began;
    const applying = await applyIn(namespace, made, this.limit);
    return applying === undefined ? undefined : making + applying;
  }

  async close(): Promise<void> {
    await this.#namespace?.close();
    this.#namespace = undefined;
  }
}

/** Carries out a transaction; returns how many ms that took, or undefined where it took over `limit` and was killed. */
export async function applyIn(namespace: NetNamespace, text: string, limit: number): Promise<number | undefined> {
  const [program = "", ...args] = [...namespace.enter, "nft", "-f", "-"];
  const options = { input: text, timeout: limit, killSignal: "SIGKILL", reject: false } as const;
  const { durationMs, timedOut, failed, stderr } = await execa(program, args, options);
  if (timedOut) return undefined;
  if (failed) throw new Error(`nft refuses a transaction: ${stderr.slice(0, 1000)}`);
  return durationMs;
}
