import { endpointFinder, isTranslated, type OwnSockets, wrongEnd } from "../../daemon/follow/flow-judge.ts";
import { type Address, addressFamily, compareAddresses } from "../../model/address.ts";
import { type Protocol, port } from "../../model/port.ts";
import { compareText, type ObjectKey, serviceKey, servicePortName } from "../../model/service.ts";
import type { Connection } from "../../netlink/connection.ts";
import type { World } from "../world.ts";

/** A connection through a Service, as plain data. */
export type ServiceFlow = {
  /** `namespace/name`; undefined if the Service, or its frontend, is gone. */
  readonly service: ObjectKey | undefined;
  /** The service port: `namespace/name:port`. */
  readonly servicePort: string | undefined;
  readonly nodePort: number | undefined;
  readonly protocol: Protocol;
  readonly client: Place;
  readonly frontend: Place;
  readonly endpoint: Place;
  readonly pod: string | undefined;
  /** The address that the endpoint sees instead of the client's; undefined if it sees the client's. */
  readonly masqueradedAs: Place | undefined;
  /** The kernel's name of a TCP or SCTP connection's state. */
  readonly state: string | undefined;
  readonly isAnswered: boolean;
  readonly timeoutSeconds: number | undefined;
  readonly ageSeconds: number | undefined;
  readonly bytes: Connection["bytes"];
  /** Why it is stale; undefined if it is not. */
  readonly stale: Staleness | undefined;
};

export type Place = { readonly address: Address; readonly port: number };

export type Staleness = "endpoint gone" | "not translated" | "frontend gone";

/** What is needed besides plans. */
export type FlowContext = {
  readonly own: OwnSockets;
  readonly podOf: (address: Address) => string | undefined;
  /** In ms since 1970. */
  readonly now: () => number;
};

/**
 * Returns a function that describes a connection through a Service; undefined for any other. An untranslated connection to
 * a frontend counts, too.
 */
export function serviceFlows(
  worlds: readonly World[],
  { own, podOf, now }: FlowContext,
): (connection: Connection) => ServiceFlow | undefined {
  const endpointOf = endpointFinder();
  return (connection) => {
    const { source, destination, replySource, began } = connection;
    const world = worlds.find(({ family }) => family === addressFamily(destination));
    const number = port(connection.destinationPort);
    if (world === undefined || number === undefined) return undefined;
    const planned = world.plans.frontendAt(destination, connection.protocol, number);
    const wasOurs = isTranslated(connection) && world.serviceNetwork(destination) !== undefined;
    if (planned === undefined && !wasOurs) return undefined;
    const endpoint = planned && endpointOf(planned.port, connection);
    const wrong = planned === undefined ? "frontend gone" : wrongEnd(connection, planned, endpoint, own);
    return {
      service: planned && serviceKey(planned.plan.service),
      servicePort: planned && servicePortName(planned.plan.service, planned.port.port),
      nodePort: planned?.frontend.frontend.kind === "nodePort" ? planned.frontend.frontend.port : undefined,
      protocol: connection.protocol,
      client: { address: source, port: connection.sourcePort },
      frontend: { address: destination, port: connection.destinationPort },
      endpoint: { address: replySource, port: connection.replySourcePort },
      pod: isTranslated(connection) ? podOf(replySource) : undefined,
      masqueradedAs: connection.isMasqueraded ? { address: connection.seen, port: connection.seenPort } : undefined,
      state: connection.state,
      isAnswered: connection.isAnswered,
      timeoutSeconds: connection.timeoutSeconds,
      ageSeconds: began === undefined ? undefined : Math.max(0, Math.round((now() - began) / 1000)),
      bytes: connection.bytes,
      stale: hasEnded(connection) ? undefined : wrong,
    };
  };
}

/** The kernel still keeps some that have ended. */
function hasEnded({ state }: Connection): boolean {
  return state === "TIME_WAIT" || state === "CLOSE" || state === "CLOSED";
}

/** By service port, frontend and client. */
export function compareFlows(a: ServiceFlow, b: ServiceFlow): number {
  return (
    compareText(a.servicePort ?? "", b.servicePort ?? "") ||
    comparePlaces(a.frontend, b.frontend) ||
    comparePlaces(a.client, b.client) ||
    compareText(a.protocol, b.protocol)
  );
}

function comparePlaces(a: Place, b: Place): number {
  return (a.address === b.address ? 0 : compareAddresses(a.address, b.address)) || a.port - b.port;
}
