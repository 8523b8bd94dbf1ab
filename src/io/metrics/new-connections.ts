import type { FrontendKey } from "../../compile/plan/frontends.ts";
import { type Family, familyName } from "../../model/address.ts";
import type { FrontendConnections } from "../nft/connections.ts";
import { labelText } from "./labels.ts";
import { gained, Reading } from "./reading.ts";

export type ConnectionsSource = {
  readonly read: (family: Family, onFrontend: (counted: FrontendConnections) => void) => Promise<void>;
  /** Reading takes time proportional to the number of frontends. */
  readonly atMostEvery: number;
  /** The full name of the service port that has a frontend, if known. */
  readonly servicePortOf?: (family: Family, frontend: FrontendKey) => string | undefined;
};

/** What is counted of a service port: its connections at its addresses, or at its nodePort. */
type Series = { readonly labels: string; total: number; frontends: number };

/** The kernel's count for a frontend when it was last read. */
type Frontend = { readonly owner: string; readonly series: Series; last: number; isThere: boolean };

/**
 * New connections by service port.
 *
 * The kernel counts from 0 when an element is added again. The counters here continue, so that they only increase while
 * the service port exists. There may be tens of thousands, so none is an object of prom-client, whose scrape took 0.3 s
 * and left 60 MB.
 */
export class NewConnections {
  readonly #source: ConnectionsSource;
  readonly #reading: Reading;
  readonly #frontends: ReadonlyMap<Family, Map<FrontendKey, Frontend>>;
  readonly #series = new Map<string, Series>();

  constructor(
    source: ConnectionsSource,
    families: readonly Family[],
    world: { readonly now: () => number; readonly onFailure: () => void },
  ) {
    this.#source = source;
    this.#reading = new Reading(() => this.#update(), { ...world, atMostEvery: source.atMostEvery });
    this.#frontends = new Map(families.map((family) => [family, new Map()]));
  }

  /** Resolves when the counts are recent enough. */
  fresh(): Promise<void> {
    return this.#reading.fresh();
  }

  /** The lines of a scrape. */
  *lines(): Generator<string> {
    yield `# HELP ${name} New connections and flows to a service port\n# TYPE ${name} counter\n`;
    for (const { labels, total } of this.#series.values()) yield `${name}{${labels}} ${total}\n`;
  }

  async #update(): Promise<void> {
    for (const [family, frontends] of this.#frontends) {
      for (const frontend of frontends.values()) frontend.isThere = false;
      await this.#source.read(family, (counted) => this.#count(family, frontends, counted));
      for (const [key, frontend] of frontends) if (!frontend.isThere) this.#forget(frontends, key, frontend);
    }
  }

  #count(family: Family, frontends: Map<FrontendKey, Frontend>, counted: FrontendConnections): void {
    const { frontend: key, connections, kind, protocol } = counted;
    const owner = this.#source.servicePortOf?.(family, key) ?? counted.owner;
    let frontend = frontends.get(key);
    if (frontend?.owner !== owner) {
      if (frontend) this.#forget(frontends, key, frontend);
      const labels = labelsOf(family, owner, kind, protocol);
      const series = this.#series.get(labels) ?? { labels, total: 0, frontends: 0 };
      this.#series.set(labels, series);
      series.frontends += 1;
      frontend = { owner, series, last: 0, isThere: true };
      frontends.set(key, frontend);
    }
    frontend.series.total += gained(frontend.last, connections);
    frontend.last = connections;
    frontend.isThere = true;
  }

  #forget(frontends: Map<FrontendKey, Frontend>, key: FrontendKey, { series }: Frontend): void {
    frontends.delete(key);
    series.frontends -= 1;
    if (series.frontends === 0) this.#series.delete(series.labels);
  }
}

const name = "kube_nft_service_new_connections_total";

function labelsOf(family: Family, owner: string, kind: string, protocol: string): string {
  const [namespace = "", service = "", port = ""] = owner.split(/[/:]/);
  return labelText({ ip_family: familyName(family), namespace, service, port, protocol, frontend: kind });
}
