import type { Address } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { ServiceFlow } from "./service-flow.ts";

/** Which connections to show. */
export type FlowFilter =
  | { readonly kind: "all" }
  | { readonly kind: "service"; readonly service: ObjectKey }
  /** Of a client, a frontend or an endpoint. */
  | { readonly kind: "address"; readonly address: Address }
  | { readonly kind: "nodePort"; readonly port: number };

export function isAskedFor(
  { service, nodePort, client, frontend, endpoint }: ServiceFlow,
  filter: FlowFilter,
): boolean {
  switch (filter.kind) {
    case "all":
      return true;
    case "service":
      return service === filter.service;
    case "address":
      return [client, frontend, endpoint].some(({ address }) => address === filter.address);
    case "nodePort":
      return nodePort === filter.port;
  }
}
