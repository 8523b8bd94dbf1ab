import type { Family } from "./address.ts";
import type { Endpoints } from "./endpoints.ts";
import type { Port, Protocol } from "./port.ts";

export type EndpointSlice = {
  readonly namespace: string;
  readonly name: string;
  /** The label `kubernetes.io/service-name`: the Service in the same namespace that it belongs to. */
  readonly serviceName: string;
  /** `metadata.generation`: if two slices disagree about an endpoint, the one that changed more often wins. */
  readonly generation: number;
  /** When the trigger of the last change happened, in ms since 1970, if the slice says so. */
  readonly triggered?: number;
  readonly family: Family;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Endpoints;
};

/** Belongs to the ServicePort with the same name and protocol. */
export type EndpointPort = {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: Port;
};
