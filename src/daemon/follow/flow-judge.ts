import type { PlannedFrontend } from "../../compile/lower/planned-frontend.ts";
import { type FrontendKey, frontendKeyOf } from "../../compile/plan/frontends.ts";
import {
  allPlaces,
  type EndpointPlan,
  endpointPlan,
  endpointText,
  hasEndpoints,
  type PortPlan,
} from "../../compile/plan/service-plan.ts";
import type { DetectLocal, FamilySettings } from "../../compile/settings.ts";
import type { Address } from "../../model/address.ts";
import { cidrContains } from "../../model/cidr.ts";
import { serviceKey } from "../../model/service.ts";
import type { Flow } from "../../netlink/conntrack.ts";

/** Which flows may belong to this node itself at present. */
export type OwnSockets = {
  hasAddress(address: Address): boolean;
  /** Whether a program of this node, or the kernel, receives UDP packets there. */
  takesUDP(address: Address, port: number): boolean;
  /** Whether there is a UDP socket, even a connected one. */
  hasUDP(address: Address, port: number): boolean;
};

/**
 * Finds flows that the rules of one family would no longer create.
 *
 * The kernel applies the rules only to the first packet of a flow. A UDP client that keeps its port stays in the old flow
 * for as long as it sends, even if the endpoint is gone. The same happens to clients of other protocols that retry, if
 * their first packet came before the rules, or went to an endpoint that has stopped answering.
 */
export class FlowJudge {
  readonly #ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined;
  #nodePortAddresses: ReadonlySet<string> = new Set();
  #detectLocal: DetectLocal = { kind: "none" };
  /**
   * UDP frontends and NodePort addresses that are gone, with the number of the search before which each went; latest last.
   */
  readonly #gone = new Map<string, number>();
  #searches = 0;

  constructor(ownerOf: (frontend: FrontendKey) => PlannedFrontend | undefined) {
    this.#ownerOf = ownerOf;
  }

  /** Returns whether the addresses that serve NodePorts have changed. */
  setSettings({ nodePortAddresses, detectLocal }: FamilySettings): boolean {
    const [before, after] = [this.#nodePortAddresses, new Set<string>(nodePortAddresses.addresses)];
    const gone = [...before].filter((address) => !after.has(address));
    for (const address of gone) this.#noteGone(address);
    this.#nodePortAddresses = after;
    this.#detectLocal = detectLocal;
    return gone.length > 0 || after.size > before.size;
  }

  /** Takes UDP frontends that the rules no longer have. Those of a previous process may still exist. */
  addGone(frontends: Iterable<FrontendKey>): void {
    for (const frontend of frontends) this.#noteGone(frontend);
  }

  /**
   * Begins a search. `ownerOfStale` returns the owner of a stale flow: a Service's key, or nothing for Services that are
   * gone. `found`, to be called when all stale flows are deleted, forgets frontends that were gone before the search.
   */
  search(own: OwnSockets): { readonly ownerOfStale: (flow: Flow) => string | undefined; readonly found: () => void } {
    const number = this.#searches++;
    const endpointOf = endpointFinder();
    return {
      ownerOfStale: (flow) => {
        const planned = this.#frontendOf(flow);
        if (planned === undefined) {
          if (isTranslated(flow)) return this.#wasOurs(flow) ? "" : undefined;
          const atSource = this.#frontendAtSource(flow, own);
          return atSource && serviceKey(atSource.plan.service);
        }
        const endpoint = endpointOf(planned.port, flow);
        const isRight =
          endpoint === undefined
            ? wrongEnd(flow, planned, endpoint, own) === undefined
            : endpoint.isLocal || planned.frontend.outsiders === "cluster" || !this.#isFromOutside(flow, own);
        return isRight ? undefined : serviceKey(planned.plan.service);
      },
      found: () => {
        for (const [what, since] of this.#gone) if (since <= number) this.#gone.delete(what);
      },
    };
  }

  /** Addresses come first, as in the rules. */
  #frontendOf({ protocol, destination, destinationPort }: Flow): PlannedFrontend | undefined {
    const owner = this.#ownerOf(frontendKeyOf(destination, protocol, destinationPort));
    if (owner !== undefined || !this.#nodePortAddresses.has(destination)) return owner;
    return this.#ownerOf(frontendKeyOf(undefined, protocol, destinationPort));
  }

  /**
   * What answered at an address before a Service took it may answer once more after the client's flow is deleted. This
   * creates a flow in which everything that the client sends counts as an answer, so no rule translates it.
   */
  #frontendAtSource(flow: Flow, own: OwnSockets): PlannedFrontend | undefined {
    const { protocol, source, sourcePort, isMasqueraded } = flow;
    if (protocol !== "udp" || isMasqueraded) return undefined;
    const owner = this.#ownerOf(frontendKeyOf(source, protocol, sourcePort));
    return owner === undefined || own.hasAddress(source) || isOverlay(flow, own) ? undefined : owner;
  }

  #wasOurs({ protocol, destination, destinationPort }: Flow): boolean {
    if (protocol !== "udp") return false;
    if (this.#gone.has(frontendKeyOf(destination, protocol, destinationPort))) return true;
    const nodePort = frontendKeyOf(undefined, protocol, destinationPort);
    if (this.#gone.has(destination)) return this.#gone.has(nodePort) || this.#ownerOf(nodePort) !== undefined;
    return this.#nodePortAddresses.has(destination) && this.#gone.has(nodePort);
  }

  /**
   * Whether the endpoint sees this node's address instead of the client's, and the client is neither this node nor a pod
   * of it, as far as its address shows. Under policy Local, this means that the flow is older than the policy.
   */
  #isFromOutside({ source, isMasqueraded }: Flow, own: OwnSockets): boolean {
    if (!isMasqueraded || own.hasAddress(source)) return false;
    const pods = this.#detectLocal.kind === "cidrs" ? this.#detectLocal.cidrs : [];
    return !pods.some((cidr) => cidrContains(cidr, source));
  }

  #noteGone(what: string): void {
    this.#gone.delete(what);
    this.#gone.set(what, this.#searches);
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= mostGone) break;
      this.#gone.delete(oldest);
    }
  }
}

/** While no search succeeds, because socat is missing, nothing is ever found. */
const mostGone = 65_536;

/** Returns a function that gives the endpoint of a port to which a flow leads, if it serves. */
export function endpointFinder(): (port: PortPlan, flow: Flow) => EndpointPlan | undefined {
  const serving = new Map<PortPlan, ReadonlyMap<string, number>>();
  return (port, { replySource, replySourcePort }) => {
    const known = serving.get(port) ?? servingEndpoints(port);
    serving.set(port, known);
    const place = known.get(`${replySource} ${replySourcePort}`);
    return place === undefined ? undefined : endpointPlan(port, place);
  };
}

/** What is wrong with the destination of a flow to a frontend; undefined if nothing. */
export function wrongEnd(
  flow: Flow,
  { port, frontend }: PlannedFrontend,
  endpoint: EndpointPlan | undefined,
  own: OwnSockets,
): "endpoint gone" | "not translated" | undefined {
  if (endpoint !== undefined) return undefined;
  if (isTranslated(flow)) return "endpoint gone";
  if (frontend.whenEmpty === "pass" && !hasEndpoints(port, frontend.outsiders)) return undefined;
  const isOwn = own.takesUDP(flow.destination, flow.destinationPort) || isOverlay(flow, own);
  return flow.protocol === "udp" && isOwn ? undefined : "not translated";
}

/**
 * Whether an untranslated UDP flow connects the same socket of two nodes, one of them this one. WireGuard sends from the
 * port on which it listens; VXLAN and similar tunnels use ever new source ports, which no socket has.
 */
function isOverlay({ source, sourcePort, destination, destinationPort }: Flow, own: OwnSockets): boolean {
  if (sourcePort === destinationPort && own.takesUDP(destination, destinationPort)) return true;
  if (own.hasAddress(destination) || !own.takesUDP(source, destinationPort)) return false;
  return sourcePort === destinationPort || !own.hasUDP(source, sourcePort);
}

/**
 * The places of the endpoints that may answer, by address and port: of all that serve. An endpoint that is not ready, or on
 * another node under policy Local, gets no new flows, but keeps those that it has.
 */
export function servingEndpoints(port: PortPlan, { first, end } = allPlaces(port)): ReadonlyMap<string, number> {
  const serving = new Map<string, number>();
  for (let place = first; place < end; place++) {
    const state = port.endpoints.states[place];
    const key = endpointText(port, place);
    // Of endpoints that are listed twice, the first counts.
    if ((state?.ready || state?.serving) && !serving.has(key)) serving.set(key, place);
  }
  return serving;
}

export function isTranslated({ destination, destinationPort, replySource, replySourcePort }: Flow): boolean {
  return replySource !== destination || replySourcePort !== destinationPort;
}
