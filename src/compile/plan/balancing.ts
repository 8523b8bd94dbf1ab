/** Clients that are balanced by a hash are divided into so many parts, each of which has an endpoint. */
export const clientParts = 1021;

/** With more endpoints, the parts are too few to give each endpoint its share. */
export const mostHashed = 300;

/**
 * Why no hash of its clients balances a service port: it has too many endpoints, or so many frontends that the parts would
 * be too many, or the host cannot compute the hash.
 */
export type HashRefusal = "endpoints" | "frontends" | "host";

/** @param limit how many elements each list of the Service may have */
export function hashRefusal(endpoints: number, limit: number, canHash: boolean): HashRefusal | undefined {
  if (!canHash) return "host";
  if (limit < clientParts) return "frontends";
  return endpoints > mostHashed ? "endpoints" : undefined;
}
