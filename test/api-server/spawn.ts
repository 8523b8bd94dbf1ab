import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { APIServer } from "./api-server.ts";
import type { Ready, RemoteMethod, Reply } from "./remote.ts";

/** What a call returned, and when it was done there: by `process.hrtime.bigint()`, which all processes share. */
export type Timed<T> = { readonly result: T; readonly at: bigint };

/** Starts an API server as a process of its own, with the options of main.ts. */
export async function spawnAPIServer(args: readonly string[] = []): Promise<SpawnedAPIServer> {
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const ready = await new Promise<Ready>((resolve, reject) => {
    lines.once("line", (line) => resolve(JSON.parse(line)));
    child.once("exit", (code) => reject(new Error(`the API server ended with ${code}`)));
    child.once("error", reject);
  });
  return new SpawnedAPIServer(child, lines, ready);
}

type Pending = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

/** An API server in another process. */
export class SpawnedAPIServer {
  readonly url: string;
  readonly token: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(child: ChildProcessByStdio<Writable, Readable, null>, lines: Interface, { url, token }: Ready) {
    this.url = url;
    this.token = token;
    this.#child = child;
    lines.on("line", (line) => {
      const reply: Reply = JSON.parse(line);
      this.#pending.get(reply.id)?.resolve(reply);
      this.#pending.delete(reply.id);
    });
    child.once("exit", () => {
      for (const { reject } of this.#pending.values()) reject(new Error("the API server has ended"));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Calls a method of the APIServer there. */
  async call<M extends RemoteMethod>(
    method: M,
    ...args: Parameters<APIServer[M]>
  ): Promise<Awaited<ReturnType<APIServer[M]>>> {
    return (await this.timed(method, ...args)).result;
  }

  async timed<M extends RemoteMethod>(
    method: M,
    ...args: Parameters<APIServer[M]>
  ): Promise<Timed<Awaited<ReturnType<APIServer[M]>>>> {
    this.#lastId++;
    const id = this.#lastId;
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, method, args })}\n`);
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return { result: reply.result as Awaited<ReturnType<APIServer[M]>>, at: BigInt(reply.at) };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    await ended;
  }
}
