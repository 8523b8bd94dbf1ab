import type { KubernetesObject } from "../../api-server/store.ts";
import { addresses, familyOf, hostOf, type Place } from "../../lab/world.ts";
import { type NodeHost, nodeNames } from "../node.ts";
import { service, slice } from "../objects.ts";

/** How an endpoint is, by default ready. */
export type State = "ready" | "unready" | "terminating" | "terminated";

export type Endpoint = {
  readonly at: Place;
  readonly state?: State;
  readonly hints?: object;
};

/** A Service with a port of TCP and of UDP, both 80, and a ClusterIP that ends in a number; `ingress`: its load balancer IPs. */
export function web(last: number, spec: object = {}, ingress: readonly string[] = []): KubernetesObject {
  const status = { loadBalancer: { ingress: ingress.map((ip) => ({ ip })) } };
  return { ...service(`web-${last}`, last, { ports: servicePorts(), ...spec }), status };
}

export function servicePorts({ port = 80, nodePort = 0 } = {}): readonly object[] {
  const node = nodePort === 0 ? {} : { nodePort };
  return (["TCP", "UDP"] as const).map((protocol) => ({ name: protocol.toLowerCase(), port, protocol, ...node }));
}

export function slicePorts(port: number): readonly object[] {
  return (["TCP", "UDP"] as const).map((protocol) => ({ name: protocol.toLowerCase(), port, protocol }));
}

/** The slice of a Service `web`. */
export function endpoints(
  last: number,
  ofService: readonly (Place | Endpoint)[],
  { port = 8080, name = `web-${last}`, labels = {}, family = 4 } = {},
): KubernetesObject {
  const plain = slice(`web-${last}`, []);
  return {
    ...plain,
    metadata: { ...plain.metadata, name, labels: { ...plain.metadata.labels, ...labels } },
    addressType: `IPv${family}`,
    ports: slicePorts(port),
    endpoints: ofService.map((endpoint) =>
      endpointObject(typeof endpoint === "string" ? { at: endpoint } : endpoint, family),
    ),
  };
}

function endpointObject({ at, state = "ready", hints }: Endpoint, family: number): object {
  return {
    addresses: addresses[at].filter((address) => familyOf(address) === family).slice(0, 1),
    conditions: conditions[state],
    nodeName: nodeNames[nodeOf(at)],
    ...(hints ? { hints } : {}),
  };
}

const conditions: Readonly<Record<State, object>> = {
  ready: { ready: true, serving: true, terminating: false },
  unready: { ready: false, serving: false, terminating: false },
  terminating: { ready: false, serving: true, terminating: true },
  terminated: { ready: false, serving: false, terminating: true },
};

function nodeOf(place: Place): NodeHost {
  const host = hostOf(place);
  return host === "node2" || host === "node3" ? host : "node";
}
