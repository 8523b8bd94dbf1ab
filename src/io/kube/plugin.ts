import { execFile } from "node:child_process";
import type { RequestOptions } from "node:https";
import { promisify } from "node:util";
import type { User } from "@kubernetes/client-node";
import * as z from "zod";
import { printable } from "../../decode/quote.ts";
import { errorText } from "./error.ts";
import { parseJSON } from "./json/parse.ts";

/** A program that provides credentials, which a kubeconfig names under `exec`. */
export const Plugin = z.object({
  apiVersion: z.string(),
  command: z.string().min(1),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
});
export type Plugin = z.infer<typeof Plugin>;

const ExecCredential = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});
type ExecCredential = z.infer<typeof ExecCredential>;

/** The user with a plugin, in the form that only our own authenticator recognizes. */
export function pluginUser({ exec: _exec, ...user }: User, plugin: Plugin): User {
  return { ...user, authProvider: { name: providerName, config: { plugin } } };
}

const providerName = "kube-nft-plugin";

/**
 * Runs a user's plugin for credentials, and again when they expire.
 *
 * client-node's own implementation waits forever for a plugin that hangs, and starts one for each request that waits for
 * credentials.
 */
export class PluginAuthenticator {
  readonly #patienceMs: number;
  #asked: Promise<ExecCredential> | undefined;

  constructor(patienceMs = 30_000) {
    this.#patienceMs = patienceMs;
  }

  isAuthProvider(user: User): boolean {
    return user.authProvider?.name === providerName;
  }

  async applyAuthentication(user: User, options: RequestOptions): Promise<void> {
    const plugin = Plugin.parse(user.authProvider?.config.plugin);
    let asked = this.#ask(plugin);
    let { status } = await asked;
    if (Date.parse(status.expirationTimestamp ?? "") <= Date.now()) {
      // Of several requests that wait for new credentials, only one runs the plugin.
      if (this.#asked === asked) this.#asked = undefined;
      asked = this.#ask(plugin);
      ({ status } = await asked);
    }
    if (status.clientCertificateData) options.cert = status.clientCertificateData;
    if (status.clientKeyData) options.key = status.clientKeyData;
    if (status.token) options.headers = { ...options.headers, Authorization: `Bearer ${status.token}` };
  }

  /** A failure is not cached. */
  #ask(plugin: Plugin): Promise<ExecCredential> {
    if (this.#asked !== undefined) return this.#asked;
    const asked = ask(plugin, this.#patienceMs);
    this.#asked = asked;
    asked.catch(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
    return asked;
  }
}

async function ask({ apiVersion, command, args, env }: Plugin, timeout: number): Promise<ExecCredential> {
  // Plugins learn from this variable that they must not prompt; some do not start without it.
  const info = JSON.stringify({ apiVersion, kind: "ExecCredential", spec: { interactive: false } });
  const given = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  const options = {
    timeout,
    killSignal: "SIGKILL",
    env: { ...process.env, ...given, KUBERNETES_EXEC_INFO: info },
  } as const;
  let written: string;
  try {
    const running = promisify(execFile)(command, args ?? [], options);
    running.child.stdin?.end();
    written = (await running).stdout;
  } catch (error) {
    throw new Error(`the plugin ${command} ${pluginTrouble(error, timeout)}`, { cause: error });
  }
  const printed = ExecCredential.safeParse(parseJSON(written));
  if (printed.success) return printed.data;
  // The output may contain a token, and so may an error about it.
  throw new Error(`the plugin ${command} did not print an ExecCredential with a status`);
}

const Failure = z.object({ code: z.unknown(), killed: z.boolean().optional(), stderr: z.string().catch("") });

function pluginTrouble(error: unknown, timeout: number): string {
  const { code, killed, stderr } = Failure.parse(error);
  if (code === "ENOENT") return "is not there";
  if (killed) return `did not exit within ${timeout / 1000} s and was killed`;
  return `failed: ${printable(stderr.trim() || errorText(error))}`;
}
