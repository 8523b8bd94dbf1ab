import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "@jest/globals";
import { Connection } from "../../../src/io/kube/connection.ts";
import { type ReflectorSettings, systemClock } from "../../../src/io/kube/pace.ts";
import { Readiness } from "../../../src/io/kube/readiness.ts";
import { Reflector } from "../../../src/io/kube/reflector.ts";
import { type Resource, services } from "../../../src/io/kube/resources.ts";
import type { ReflectorSink } from "../../../src/io/kube/sink.ts";
import { type APIServer, startAPIServer } from "../../api-server/api-server.ts";
import type { LoggedRequest } from "../../api-server/exchange.ts";
import type { KubernetesObject } from "../../api-server/store.ts";
import { type Kept, Recorder } from "./recorder.ts";

export type ReflectOptions = {
  readonly resource?: Resource;
  readonly settings?: Partial<ReflectorSettings>;
  readonly sink?: ReflectorSink<Kept>;
  /** Pauses last, and watches end at random. */
  readonly realClock?: true;
};

/** Those of the running test, where its file has called `useScene`. */
export let scene: Scene;
export let server: APIServer;
export let recorder: Recorder;

/** Gives each test of a file a scene of its own. */
export function useScene(): void {
  beforeEach(async () => {
    scene = await setScene();
    ({ server, recorder } = scene);
  });
  afterEach(() => scene.end());
}

/** An API server, a connection to it with a token file, and a reflector whose sink is a recorder. */
export async function setScene(): Promise<Scene> {
  const server = await startAPIServer();
  const directory = await mkdtemp(join(tmpdir(), "kube-nft-"));
  const tokenFile = join(directory, "token");
  await writeFile(tokenFile, server.token);
  const kubeconfig = await server.writeKubeconfig(directory, { tokenFile });
  return new Scene(server, directory, tokenFile, new Connection({ kubeconfig }));
}

export class Scene {
  readonly server: APIServer;
  readonly tokenFile: string;
  readonly connection: Connection;
  readonly recorder = new Recorder();
  readonly abort = new AbortController();
  readonly #directory: string;
  /** Until the reflector has ended. */
  running: Promise<void> = Promise.resolve();

  constructor(server: APIServer, directory: string, tokenFile: string, connection: Connection) {
    this.server = server;
    this.#directory = directory;
    this.tokenFile = tokenFile;
    this.connection = connection;
  }

  /** Starts to reflect the Services of the server. */
  reflect(options: ReflectOptions = {}): void {
    this.running = this.reflector(options).run(this.abort.signal);
  }

  reflector({ resource = services, settings, realClock, sink = this.recorder }: ReflectOptions): Reflector<Kept> {
    const clock = realClock ? systemClock : this.recorder.clock;
    const { connection } = this;
    const readiness = new Readiness(connection, clock, this.recorder.reportReadiness);
    return new Reflector({ connection, readiness, resource, reduce: keep, sink, settings, clock });
  }

  async reflectUntilWatching(options?: ReflectOptions): Promise<void> {
    const watching = this.recorder.next("watching");
    this.reflect(options);
    await watching;
    await this.server.untilWatches(1);
  }

  /** Whether there is a Service of that name in the namespace default. */
  has(name: string): boolean {
    return this.recorder.objects.has(`default/${name}`);
  }

  async untilHas(name: string): Promise<void> {
    await this.recorder.until(() => this.has(name));
  }

  /** The queries of all requests with a verb. */
  queries(verb: LoggedRequest["verb"]): readonly LoggedRequest["query"][] {
    return this.server.requests.filter((request) => request.verb === verb).map(({ query }) => query);
  }

  async end(): Promise<void> {
    this.abort.abort();
    await this.running;
    this.connection.close();
    await this.server.stop();
    await rm(this.#directory, { recursive: true });
  }
}

/** What is kept of an object; labels that are no record cannot be read. */
export function keep(object: unknown): Kept {
  const { metadata } = object as KubernetesObject;
  if (typeof metadata.labels === "string") throw new Error("these are no labels");
  return { version: metadata.resourceVersion ?? "", labels: metadata.labels ?? {} };
}
