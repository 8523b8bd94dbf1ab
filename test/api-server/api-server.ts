import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import { type AddressInfo, isIPv6 } from "node:net";
import { join } from "node:path";
import { Watched } from "../support/watched.ts";
import { answer } from "./answer.ts";
import { CertificateAuthority, type CertificateOptions, type Identity } from "./certificates.ts";
import { Churn, type ChurnOptions } from "./churn.ts";
import { Connections } from "./connections.ts";
import type { LoggedRequest, Served } from "./exchange.ts";
import { type Fault, Faults, fits, type Match } from "./faults.ts";
import { type Credentials, kubeconfigText, writeServiceAccount } from "./files.ts";
import type { APIServerOptions } from "./options.ts";
import { type ResourceName, resources } from "./resources.ts";
import { type KubernetesObject, type Reference, Store } from "./store.ts";

/**
 * A Kubernetes API server with nothing behind it: it serves what it is told, over TLS, to who has its token or a
 * certificate of its authority, and fails in whatever way it is told.
 */
export class APIServer {
  readonly ca = new CertificateAuthority("kubernetes");
  /** All requests since the start, in order. */
  readonly requests: LoggedRequest[] = [];
  readonly #store: Store;
  readonly #server: Server;
  readonly #served: Served;
  readonly #watched = new Watched();
  readonly #host: string;
  #port: number;
  #token = "token-0";
  #churn: Churn | undefined;

  constructor({
    host = "127.0.0.1",
    port = 0,
    certificate,
    historyLimit = 1000,
    bookmarkMs = 60_000,
  }: APIServerOptions = {}) {
    const hosts = ["localhost", "127.0.0.1", "::1", host];
    const identity = this.ca.issue({ commonName: "kube-apiserver", hosts, ...certificate });
    // Client certificates are looked at by the handler, as one may also come with a token.
    const tls = { ...identity, ca: this.ca.cert, requestCert: true, rejectUnauthorized: false };
    this.#server = createServer(tls);
    // Connections stay until somebody ends them.
    this.#server.keepAliveTimeout = 0;
    this.#server.requestTimeout = 0;
    this.#store = new Store(historyLimit);
    this.#host = host;
    this.#port = port;
    this.#served = {
      store: this.#store,
      faults: new Faults(),
      connections: new Connections(this.#server),
      tokens: new Set([this.#token]),
      disabled: new Set(),
      forbidden: [],
      jsonOnly: new Set(),
      watches: new Set(),
      bookmarkMs,
      log: (request) => {
        this.requests.push(request);
        this.#watched.changed();
      },
      changed: () => this.#watched.changed(),
    };
    this.#server.on("request", (request, response) => void answer(this.#served, request, response));
  }

  /** Starts to listen; after `refuse`, at the same port as before. */
  async accept(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, this.#host, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `https://${isIPv6(this.#host) ? `[${this.#host}]` : this.#host}:${this.#port}`;
  }

  get token(): string {
    return this.#token;
  }

  get resourceVersion(): string {
    return String(this.#store.resourceVersion);
  }

  // What the cluster holds

  /** Creates or replaces objects; returns the last one's resourceVersion. */
  put(...objects: KubernetesObject[]): string {
    for (const object of objects) this.#store.put(object);
    return this.resourceVersion;
  }

  /** Changes an object by a JSON merge patch, in which null removes a field. */
  patch(reference: Reference, patch: unknown): string {
    this.#store.patch(reference, patch);
    return this.resourceVersion;
  }

  delete(...references: Reference[]): string {
    for (const reference of references) this.#store.delete(reference);
    return this.resourceVersion;
  }

  get(reference: Reference): KubernetesObject | undefined {
    return this.#store.get(reference);
  }

  all(resource: ResourceName): readonly KubernetesObject[] {
    return [...this.#store.collection(resource).entries.values()].map(({ json }) => JSON.parse(json));
  }

  /** Forgets the history, so that older resourceVersions and continue tokens are answered with 410. */
  compact(): void {
    this.#store.compact();
  }

  /** Keeps a cluster of generateCluster changing, until stopChurn. */
  startChurn(options: ChurnOptions): void {
    this.#churn?.stop();
    this.#churn = new Churn(this, options);
  }

  /** How many changes the churn has made. */
  churned(): number {
    return this.#churn?.changes ?? 0;
  }

  stopChurn(): void {
    this.#churn?.stop();
  }

  // What goes wrong

  /** Lets the next requests that fit go wrong. */
  fail(fault: Fault, times = 1, match: Match = {}): void {
    this.#served.faults.add(fault, times, match);
  }

  /** No request goes wrong any more. */
  heal(): void {
    this.#served.faults.clear();
  }

  /** Resets all connections. */
  cut(): void {
    this.#served.connections.cut();
  }

  /** All connections that are open go silent for ever, and stay open. New ones work. */
  freeze(): void {
    this.#served.connections.freeze();
  }

  /** Resets all connections and refuses new ones. */
  refuse(): void {
    this.#server.close();
    this.cut();
  }

  /** Makes a new token. The old one is no longer accepted; watches that were opened with it go on. */
  rotateToken(): string {
    this.#served.tokens.delete(this.#token);
    this.#token = `token-${this.requests.length + 1}`;
    this.#served.tokens.add(this.#token);
    return this.#token;
  }

  /** The API has no such resource, or no such field to select by, as an old server. */
  disable(resource: ResourceName, field?: string): void {
    this.#served.disabled.add(field === undefined ? resource : `${resource} ${field}`);
  }

  enable(resource: ResourceName): void {
    this.#served.disabled.delete(resource);
  }

  /** Answers in JSON from now on, whatever clients like best, as an old or a partial API server. */
  speakJSON(): void {
    for (const name of Object.keys(resources)) this.#served.jsonOnly.add(name);
  }

  /** Requests that fit are answered with 403. */
  forbid(match: Match): void {
    this.#served.forbidden.push(match);
  }

  /** Takes back all that was forbidden. */
  permit(): void {
    this.#served.forbidden.length = 0;
  }

  // What watches get

  bookmark(resource?: ResourceName): void {
    for (const watch of this.#openWatches(resource)) watch.bookmark();
  }

  /** Sends any text to the watches of a resource; a line of it should end with a newline. */
  send(resource: ResourceName, text: string): void {
    for (const watch of this.#openWatches(resource)) watch.send(text);
  }

  /** Ends watches as if their time were over. */
  endWatches(resource?: ResourceName): void {
    for (const watch of this.#openWatches(resource)) watch.end();
  }

  // What clients did

  /** How many requests there were. */
  count(match: Match = {}): number {
    return this.requests.filter(({ verb, resource }) => fits(match, verb, resource)).length;
  }

  /** How many watches are open. */
  watches(resource?: ResourceName): number {
    return this.#openWatches(resource).length;
  }

  /** How many bytes it has sent to all clients. */
  bytesSent(): number {
    return this.#served.connections.sent;
  }

  get connections(): Connections {
    return this.#served.connections;
  }

  /** How many bookmarks the watch has got that has got the least. */
  bookmarks(): number {
    return Math.min(...this.#openWatches(undefined).map(({ bookmarks }) => bookmarks()));
  }

  /** Waits until a condition holds; it is looked at whenever a request comes, is answered, or a watch ends. */
  until(holds: () => boolean): Promise<void> {
    return this.#watched.until(holds);
  }

  /** Waits until so many watches are open. */
  untilWatches(count: number, resource?: ResourceName): Promise<void> {
    return this.until(() => this.watches(resource) === count);
  }

  // How clients get in

  issue(options: CertificateOptions): Identity {
    return this.ca.issue(options);
  }

  /** Writes a kubeconfig file, with token and address if nothing else is given; returns its path. */
  async writeKubeconfig(directory: string, user: Credentials = { token: this.token }, url = this.url): Promise<string> {
    await mkdir(directory, { recursive: true });
    const file = join(directory, "kubeconfig");
    await writeFile(file, kubeconfigText(url, this.ca.cert, user));
    return file;
  }

  /** Writes what a pod finds under `root`; returns the directory with `token` and `ca.crt`. */
  writeServiceAccount(root: string): Promise<string> {
    return writeServiceAccount(root, this.ca.cert, this.token);
  }

  async stop(): Promise<void> {
    this.stopChurn();
    const closed = new Promise((resolve) => this.#server.once("close", resolve));
    this.refuse();
    await closed;
  }

  #openWatches(resource: ResourceName | undefined) {
    return [...this.#served.watches].filter((watch) => watch.resource === (resource ?? watch.resource));
  }
}

/** An API server that listens. */
export async function startAPIServer(options: APIServerOptions = {}): Promise<APIServer> {
  const server = new APIServer(options);
  await server.accept();
  return server;
}
