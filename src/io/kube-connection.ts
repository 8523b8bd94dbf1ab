import { Agent as PlainAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { type ConnectOptions, loadKubeConfig } from "./kube-config.ts";
import { errorText, KubeError } from "./kube-error.ts";

/** What goes with each request. */
export type Credentials = {
  readonly options: RequestOptions;
  /** Names these credentials to `renew`. */
  readonly config: KubeConfig;
};

/** Where the API server is, who we are there, and the connections that are kept for the next request. */
export class Connection {
  readonly #source: ConnectOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #plainAgent = new PlainAgent({ keepAlive: true });
  #config: KubeConfig;

  constructor(source: ConnectOptions) {
    this.#source = source;
    this.#config = loadKubeConfig(source);
  }

  /** The URL of the API server, without a slash at its end. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? "";
  }

  /** TLS files and tokens are read again as they change, and plugins run when their token is over. Throws a KubeError. */
  async credentials(): Promise<Credentials> {
    const config = this.#config;
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      const user = config.getCurrentUser()?.name;
      throw new KubeError(`cannot get the credentials of ${user}: ${errorText(error)}`, { cause: error });
    }
    const headers: Record<string, string> = {};
    // Files end with a newline, with which a token is no header.
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    // client-node keeps one agent with the certificates it saw first; ours takes those of the request.
    const agent = this.server.startsWith("http:") ? this.#plainAgent : this.#agent;
    const throughProxy = config.getCurrentCluster()?.proxyUrl !== undefined;
    return { options: { ...options, headers, ...(throughProxy ? {} : { agent }) }, config };
  }

  /** Reads everything again, unless that has been done since these credentials, which were refused, were read. */
  renew({ config }: Credentials): void {
    if (config === this.#config) this.#config = loadKubeConfig(this.#source);
  }

  /** Closes the connections that are kept. Requests under way go on. */
  close(): void {
    this.#agent.destroy();
    this.#plainAgent.destroy();
  }
}
