import { Agent as PlainAgent } from "node:http";
import { Agent, type RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { type ConnectOptions, loadKubeConfig } from "./config.ts";
import { errorText, KubeError } from "./error.ts";
import { dangersOf, identityOf, isPlain } from "./identity.ts";
import { ServerAddresses } from "./server-addresses.ts";

/** What goes with each request. */
export type Credentials = {
  readonly options: RequestOptions;
  /** Names these credentials to `renew`. */
  readonly config: KubeConfig;
};

/** A request, and what came of it. */
export type Exchange = {
  readonly verb: "list" | "watch" | "create" | "get";
  readonly method: "GET" | "POST";
  /** The API server: `10.0.0.1:6443`. */
  readonly host: string;
  /** The status of the answer; undefined where there was none. */
  readonly code: number | undefined;
  /** To the beginning of the answer, or to the failure. */
  readonly milliseconds: number;
};

/** Where the API server is, who we are there, and the connections that are kept for the next request. */
export class Connection {
  readonly #source: ConnectOptions;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #plainAgent = new PlainAgent({ keepAlive: true });
  readonly #onExchange: (exchange: Exchange) => void;
  /** Names of resources whose optional field selector this API server has refused. */
  readonly unknownFields = new Set<string>();
  /** Where it is reached. */
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

  /** Who we are there, for people. */
  get identity(): string {
    return identityOf(this.#config, this.#source);
  }

  /** What is not safe about the way there, for people. */
  get dangers(): readonly string[] {
    return dangersOf(this.#config);
  }

  /** To be told of each request. */
  exchanged(exchange: Omit<Exchange, "host">): void {
    this.#onExchange({ ...exchange, host: new URL(this.server).host });
  }

  /** TLS files and tokens are read again as they change, and plugins run when their token is over. Throws a KubeError. */
  async credentials(): Promise<Credentials> {
    const config = this.#config;
    const options = await httpsOptions(config);
    const headers: Record<string, string> = {};
    // Files end with a newline, with which a token is no header.
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    // client-node keeps one agent with the certificates it saw first; ours takes those of the request.
    const agent = isPlain(this.server) ? this.#plainAgent : this.#agent;
    const throughProxy = config.getCurrentCluster()?.proxyUrl !== undefined;
    // Node would else obey a variable of the environment.
    const { rejectUnauthorized = true } = options;
    return { options: { ...options, rejectUnauthorized, headers, ...(throughProxy ? {} : { agent }) }, config };
  }

  /** Reads everything again, unless that has been done since these credentials, which were refused, were read. */
  renew({ config }: Credentials): void {
    if (config === this.#config) this.#config = loadKubeConfig(this.#source);
  }

  /** Reads everything again if it names another server now; credentials of a plugin are kept as long as it does not. */
  followServer({ config }: Credentials): void {
    try {
      const next = loadKubeConfig(this.#source);
      if (config === this.#config && next.getCurrentCluster()?.server !== this.server) this.#config = next;
    } catch {
      // Whatever failed before this says more.
    }
  }

  /** Closes the connections that are kept and not in use. Whatever silenced one that is may have silenced them, too. */
  closeIdle(): void {
    for (const { freeSockets } of [this.#agent, this.#plainAgent]) {
      for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
    }
  }

  /** Closes the connections that are kept. Requests under way go on. */
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
