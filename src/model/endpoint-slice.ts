import type { Address, Family } from "./address.ts";
import type { Port, Protocol } from "./port.ts";

export type EndpointSlice = {
  readonly namespace: string;
  readonly name: string;
  /** The label `kubernetes.io/service-name`: the Service in the same namespace that it belongs to. */
  readonly serviceName: string;
  /** `metadata.generation`: of two slices that disagree on an endpoint, the one changed more often is believed. */
  readonly generation: number;
  /** When what led to the last change happened, in ms since 1970, where the slice tells. */
  readonly triggered?: number;
  readonly family: Family;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
};

/** Belongs to the ServicePort with the same name and protocol. */
export type EndpointPort = {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: Port;
};

export type Endpoint = {
  readonly address: Address;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly nodeName: string | undefined;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
};
