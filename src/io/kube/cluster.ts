import type { Store } from "../../daemon/store.ts";
import { decodeEndpointSlice } from "../../decode/endpoint-slice.ts";
import { decodeNode } from "../../decode/node.ts";
import type { Decoded } from "../../decode/object.ts";
import { decodeOtherService } from "../../decode/other-service.ts";
import { decodeService } from "../../decode/service.ts";
import { decodeServiceCIDR } from "../../decode/service-cidr.ts";
import type { Problem } from "../../model/problem.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { Connection } from "./connection.ts";
import { type ReflectorClock, type ReflectorSettings, systemClock } from "./pace.ts";
import { Readiness } from "./readiness.ts";
import { Reflector } from "./reflector.ts";
import { endpointSlices, nodeNamed, otherServices, type Resource, serviceCIDRs, services } from "./resources.ts";
import type { ReadinessReport, ReflectorReport } from "./sink.ts";

export type ClusterWatch = {
  readonly connection: Connection;
  readonly nodeName: string;
  readonly store: Store;
  /** What is wrong with an object; reported once for each version of the object. */
  readonly onProblems: (resource: string, problems: readonly Problem[]) => void;
  /** The resource `readyz` is the API server itself. */
  readonly onReport: (resource: string, report: ReflectorReport | ReadinessReport) => void;
  /** Called when an open watch has delivered something, even if only that nothing has changed. */
  readonly onHeard?: (resource: string) => void;
  readonly settings?: Partial<ReflectorSettings>;
  readonly clock?: ReflectorClock;
};

/**
 * Keeps a store equal to the cluster: its Services, EndpointSlices and ServiceCIDRs, and one Node.
 *
 * `complete` resolves when the first lists of all of them are in the store, but for an optional resource that cannot be
 * read: that holds up nothing. `ended` resolves when the signal has ended it all.
 */
export function watchCluster(
  watch: ClusterWatch,
  signal: AbortSignal,
): { readonly complete: Promise<void>; readonly ended: Promise<unknown> } {
  const { store, connection, clock = systemClock, onReport } = watch;
  const readiness = new Readiness(connection, clock, (report) => onReport("readyz", report));
  const all = [
    follow(watch, readiness, services, decodeService, (key, service) => store.setService(objectKey(key), service)),
    follow(watch, readiness, otherServices, decodeOtherService, (key, clusterIPs) =>
      store.setOtherService(objectKey(key), clusterIPs),
    ),
    follow(watch, readiness, endpointSlices, decodeEndpointSlice, (key, slice) =>
      store.setSlice(objectKey(key), slice),
    ),
    follow(watch, readiness, serviceCIDRs, decodeServiceCIDR, (key, cidrs) => store.setServiceCIDR(key, cidrs)),
    follow(watch, readiness, nodeNamed(watch.nodeName), decodeNode, (_, value) => store.setNode(value)),
  ];
  return {
    complete: Promise.all(all.map(({ synced }) => synced)).then(() => undefined),
    ended: Promise.all(all.map(({ run }) => run(signal))),
  };
}

function follow<T>(
  { connection, onProblems, onReport, onHeard, settings, clock }: ClusterWatch,
  readiness: Readiness,
  resource: Resource,
  decode: (object: unknown) => Decoded<T>,
  set: (key: string, value: T | undefined) => void,
) {
  let listed: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    listed = resolve;
  });
  const sink = {
    upserted: (key: string, { value, problems }: Decoded<T>) => {
      if (problems.length > 0) onProblems(resource.name, problems);
      set(key, value);
    },
    deleted: (key: string) => set(key, undefined),
    synced: () => listed(),
    heard: () => onHeard?.(resource.name),
    report: (report: ReflectorReport) => {
      if (resource.optional && report.kind === "failed") listed();
      onReport(resource.name, report);
    },
  };
  const reflector = new Reflector({ connection, readiness, resource, reduce: decode, sink, settings, clock });
  return { synced, run: (signal: AbortSignal) => reflector.run(signal) };
}

/** The reflector's keys of namespaced objects are `namespace/name`. They are reused, as there are many. */
function objectKey(key: string): ObjectKey {
  return isObjectKey(key) ? key : `default/${key}`;
}

function isObjectKey(key: string): key is ObjectKey {
  return key.includes("/");
}
