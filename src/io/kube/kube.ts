import type { InputObject } from "../../decode/objects.ts";
import type { ConnectOptions } from "./config.ts";
import { Connection, type Exchange } from "./connection.ts";
import { KubeError } from "./error.ts";
import { readList } from "./list.ts";
import {
  endpointSlices,
  kubeSystem,
  nodes,
  otherServices,
  type Resource,
  serviceCIDRs,
  services,
} from "./resources.ts";

/**
 * The connection to the API server of one cluster; nothing is sent yet. `onExchange` is called for each request. Throws a
 * KubeError if the options name no server.
 */
export function connect(options: ConnectOptions = {}, onExchange?: (exchange: Exchange) => void): Connection {
  return new Connection(options, onExchange);
}

/**
 * All objects of a live cluster that a service proxy reads, in the API server's current state: Services, EndpointSlices,
 * Nodes, and ServiceCIDRs if it serves them. Throws a KubeError.
 */
export function listObjects(connection: Connection, signal?: AbortSignal): Promise<readonly InputObject[]> {
  return listAll(connection, [services, otherServices, endpointSlices, nodes, serviceCIDRs], signal);
}

/** The DaemonSets and ConfigMaps of kube-system, which no agent reads. Throws a KubeError. */
export function listKubeSystem(connection: Connection, signal?: AbortSignal): Promise<readonly InputObject[]> {
  return listAll(connection, kubeSystem, signal);
}

async function listAll(
  connection: Connection,
  resources: readonly Resource[],
  signal: AbortSignal | undefined,
): Promise<readonly InputObject[]> {
  return (await Promise.all(resources.map((resource) => list(connection, resource, signal)))).flat();
}

const pageSize = 500;

async function list(connection: Connection, resource: Resource, signal?: AbortSignal): Promise<InputObject[]> {
  const { name, optional } = resource;
  let objects: InputObject[] = [];
  try {
    await readList(connection, resource, {
      wants: "whole",
      limit: pageSize,
      signal,
      onItem: (object) => objects.push({ object }),
      onMalformed: (text) => {
        throw new KubeError(`cannot read one of the ${name} of ${connection.server}: ${text.slice(0, 200)}`);
      },
      onRestart: () => {
        objects = [];
      },
    });
  } catch (error) {
    if (!optional || !(error instanceof KubeError) || error.status !== 404) throw error;
  }
  return objects;
}
