import { Agent as PlainAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { type ConnectOptions, loadKubeConfig } from "./config.ts";
import { errorText, KubeError } from "./error.ts";
import { dangersOf, identityOf, isPlain } from "./identity.ts";
import { ServerAddresses } from "./server-addresses.ts";

/** What is sent with each request. */
export type Credentials = {
  readonly options: RequestOptions;
  /** Identifies these credentials in a call of `renew`. */
  readonly config: KubeConfig;
};

/** A request, and its result. */
export type Exchange = {
  readonly verb: "list" | "watch" | "create" | "get";
  readonly method: "GET" | "POST";
  /** The API server: `10.0.0.1:6443`. */
  readonly host: string;
  /** The status of the answer; undefined if there was none. */
  readonly code: number | undefined;
  /** Until the answer began, or the request failed. */
  readonly milliseconds: number;
};

/** Where the API server is, who we are to it, and the connections that are kept for the next request. */
export class Connection {
  readonly #source: ConnectOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #plainAgent = new PlainAgent({ keepAlive: true });
  readonly #onExchange: (exchange: Exchange) => void;
  /** Names of resources whose optional field selector this API server has refused. */
  readonly unknownFields = new Set<string>();
  /** The addresses at which it is reached. */
  readonly addresses: ServerAddresses;
  #config: KubeConfig;

  constructor(source: ConnectOptions, onExchange: (exchange: Exchange) => void = () => undefined) {
    this.#source = source;
    this.#onExchange = onExchange;
    this.#config = loadKubeConfig(source);
    this.addresses = new ServerAddresses(this.server);
  }

  /** The URL of the API server, without a slash at its end. */
  get server(): string {
    return this.#config.getCurrentCluster()?.server ?? "";
  }

  /** Who we are to the server, for people. */
  get identity(): string {
    return identityOf(this.#config, this.#source);
  }

  /** What is insecure about the connection, for people. */
  get dangers(): readonly string[] {
    return dangersOf(this.#config);
  }

  /** Called after each request. */
  exchanged(exchange: Omit<Exchange, "host">): void {
    this.#onExchange({ ...exchange, host: new URL(this.server).host });
  }

  /**
   * TLS files and tokens are read again when they change, and plugins run again when their token expires. Throws a
   * KubeError.
   */
  async credentials(): Promise<Credentials> {
    const config = this.#config;
    const options = await httpsOptions(config);
    const headers: Record<string, string> = {};
    // Files end with a newline, which makes a token an invalid header.
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    // client-node keeps one agent with the first certificates that it read; ours uses those of the request.
    const agent = isPlain(this.server) ? this.#plainAgent : this.#agent;
    const throughProxy = config.getCurrentCluster()?.proxyUrl !== undefined;
    // Otherwise Node would obey an environment variable.
    const { rejectUnauthorized = true } = options;
    return { options: { ...options, rejectUnauthorized, headers, ...(throughProxy ? {} : { agent }) }, config };
  }

  /** Reads everything again, unless that was done after these credentials, which were refused, were read. */
  renew({ config }: Credentials): void {
    if (config === this.#config) this.#config = loadKubeConfig(this.#source);
  }

  /** Reads everything again if it names another server now. A plugin's credentials are kept unless it does. */
  followServer({ config }: Credentials): void {
    try {
      const next = loadKubeConfig(this.#source);
      if (config === this.#config && next.getCurrentCluster()?.server !== this.server) this.#config = next;
    } catch {
      // The error before this one says more.
    }
  }

  /** Closes idle connections. What silenced one connection may have silenced them, too. */
  closeIdle(): void {
    for (const { freeSockets } of [this.#agent, this.#plainAgent]) {
      for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
    }
  }

  /** Closes idle connections. Requests in progress continue. */
  close(): void {
    this.#agent.destroy();
    this.#plainAgent.destroy();
  }
}

async function httpsOptions(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
    return options;
  } catch (error) {
    const user = config.getCurrentUser()?.name;
    throw new KubeError(`cannot get the credentials of ${user}: ${errorText(error)}`, { cause: error });
  }
}
