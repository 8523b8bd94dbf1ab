import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Lab } from "../lab/lab.ts";
import { addresses } from "../lab/world.ts";

/** Connections that read nothing. */
export type Attack = {
  /** They send nothing, send one request, or requests without end. */
  readonly kind: "silence" | "request" | "flood";
  readonly to: string;
  readonly ports: readonly number[];
  readonly path: string;
  readonly count: number;
  /** Source addresses, used in turn. */
  readonly sources: readonly string[];
};

/** Runs an attack from outside the cluster during `body`, which starts when all connections are open. */
export async function underAttack<T>(lab: Lab, attack: Omit<Attack, "sources">, body: () => Promise<T>): Promise<T> {
  const sources = addresses.client.filter((address) => address.includes(":") === attack.to.includes(":"));
  const main = fileURLToPath(new URL("./attacker.ts", import.meta.url));
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", main];
  const [program = "", ...args] = [...lab.enter("client"), ...node, JSON.stringify({ ...attack, sources })];
  const attacker = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => attacker.once("close", () => resolve()));
  try {
    await new Promise<void>((resolve, reject) => {
      attacker.stdout.once("data", () => resolve());
      attacker.once("close", (code) => reject(new Error(`the attacker ended with ${code}`)));
    });
    return await body();
  } finally {
    attacker.stdin.end();
    await ended;
  }
}
