import type { InputObject } from "../../decode/objects.ts";
import type { ConnectOptions } from "./config.ts";
import { Connection, type Exchange } from "./connection.ts";
import { KubeError } from "./error.ts";
import { readList } from "./list.ts";
import { endpointSlices, nodes, type Resource, serviceCIDRs, services } from "./resources.ts";

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
export async function listObjects(connection: Connection, signal?: AbortSignal): Promise<readonly InputObject[]> {
  const lists = [services, endpointSlices, nodes, serviceCIDRs].map((resource) => list(connection, resource, signal));
  return (await Promise.all(lists)).flat();
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
