import { serviceTables } from "../compile/compile.ts";
import type { Settings } from "../compile/settings.ts";
import type { ServiceTable } from "../compile/table/service-table.ts";
import type { Address, Family } from "../model/address.ts";
import type { EndpointSlice } from "../model/endpoint-slice.ts";
import type { ObjectKey, Service } from "../model/service.ts";

/** Everything from which an agent makes its tables, as plain data: `/cluster.json`. */
export type KnownCluster = {
  readonly settings: Settings;
  /** This node's own addresses, without loopback. */
  readonly addresses: readonly Address[];
  readonly tables: readonly {
    readonly family: Family;
    /** Sticky Services whose clients are not remembered now. */
    readonly unremembered: readonly ObjectKey[];
    /** Services that are not in the table because nft refuses them. */
    readonly setAside: readonly ObjectKey[];
  }[];
  readonly services: readonly KnownService[];
};

export type KnownService = { readonly service: Service; readonly slices: readonly EndpointSlice[] };

/** The same plans as the agent's, and what they are made from. */
export function knownTables({ settings: plain, tables, services }: KnownCluster): {
  readonly settings: Settings;
  readonly tables: readonly ServiceTable[];
} {
  const cluster = {
    // JSON has no Infinity, which is the age of objects that are not from a cluster.
    services: services.map(({ service }) => ({ ...service, created: service.created ?? Number.POSITIVE_INFINITY })),
    endpointSlices: services.flatMap(({ slices }) => slices),
    nodes: [],
    serviceCIDRs: [],
  };
  const { ip, ip6 } = plain.families;
  const unremembered = (family: Family) => new Set(tables.find((each) => each.family === family)?.unremembered);
  const families = {
    ip: { ...ip, unremembered: unremembered("ip") },
    ip6: { ...ip6, unremembered: unremembered("ip6") },
  };
  const settings = { ...plain, families };
  const all = serviceTables(cluster, settings);
  const kept = tables.flatMap(({ family, setAside }) => {
    const table = all.find((each) => each.family === family);
    for (const key of setAside) table?.setService(key, undefined);
    while (table?.isSettled === false) table.settle();
    return table ?? [];
  });
  return { settings, tables: kept };
}

/** Without values that JSON cannot express. */
export function plainSettings({ families: { ip, ip6 }, ...settings }: Settings): Settings {
  const { unremembered: _4, ...plainIP } = ip;
  const { unremembered: _6, ...plainIP6 } = ip6;
  return { ...settings, families: { ip: plainIP, ip6: plainIP6 } };
}
