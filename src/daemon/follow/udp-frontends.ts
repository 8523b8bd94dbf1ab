import type { ServicePlan } from "../../compile/plan/service-plan.ts";
import type { Address } from "../../model/address.ts";
import { comparePrecedence, type ObjectKey, type Service, serviceKey } from "../../model/service.ts";
import type { Flow } from "../../netlink/conntrack.ts";

type Claim = { readonly service: Service; readonly frontend: string; readonly endpoints: ReadonlySet<string> };

/**
 * The UDP frontends of one family and who may answer their flows, kept up to date Service by Service.
 *
 * The kernel asks the rules about the first packet of a flow only. A client that keeps its port goes on in the old flow
 * for as long as it sends, even to an endpoint that is gone. So such flows have to be deleted.
 */
export class UDPFrontends {
  readonly #services = new Map<ObjectKey, readonly Claim[]>();
  /** By `address port`, or by `port` for a NodePort; the one that has the frontend comes first. */
  readonly #claims = new Map<string, readonly Claim[]>();
  #nodePortAddresses: ReadonlySet<string> = new Set<string>();
  /** The endpoints that frontends had since these were last forgotten: they tell our flows to frontends that are gone. */
  #former = new Map<string, Set<string>>();

  /**
   * Takes a Service as it is in the rules now; undefined where it is not. Returns whether its flows are to be looked at:
   * also where it is as before, as the rules may have got there only now.
   */
  setService(key: ObjectKey, plan: ServicePlan | undefined): boolean {
    const before = this.#services.get(key) ?? [];
    const after = plan === undefined ? [] : claims(plan);
    if (isSame(before, after)) return after.length > 0;
    if (after.length > 0) this.#services.set(key, after);
    else this.#services.delete(key);
    for (const claim of before) {
      this.#withdraw(claim);
      this.#bury(claim.frontend, claim.endpoints);
    }
    for (const claim of after) this.#raise(claim);
    return true;
  }

  /** The addresses of this node that serve NodePorts, each of which is a frontend for each of them. */
  setNodePortAddresses(addresses: readonly Address[]): boolean {
    const before = this.#nodePortAddresses;
    const after = new Set<string>(addresses);
    this.#nodePortAddresses = after;
    const gone = [...before].filter((address) => !after.has(address));
    for (const [frontend, [claim]] of this.#claims) {
      if (frontend.includes(" ") || claim === undefined) continue;
      for (const address of gone) this.#bury(`${address} ${frontend}`, claim.endpoints);
    }
    return gone.length > 0 || after.size > before.size;
  }

  /** Whose a flow is, if it is stale; the empty text for Services that are gone. */
  ownerOfStale(flow: Flow): string | undefined {
    const { destination, destinationPort } = flow;
    const isNodePort = this.#nodePortAddresses.has(destination);
    const find = <T>(map: ReadonlyMap<string, T>) =>
      map.get(`${destination} ${destinationPort}`) ?? (isNodePort ? map.get(`${destinationPort}`) : undefined);
    const [current] = find(this.#claims) ?? [];
    const answerer = `${flow.replySource} ${flow.replySourcePort}`;
    if (current) return current.endpoints.has(answerer) ? undefined : serviceKey(current.service);
    return find(this.#former)?.has(answerer) ? "" : undefined;
  }

  /** Returns what forgets the frontends that are gone by now. To be called when their flows are gone, too. */
  forgetting(): () => void {
    const former = this.#former;
    this.#former = new Map(former);
    return () => {
      for (const [frontend, endpoints] of former) {
        if (this.#former.get(frontend) === endpoints) this.#former.delete(frontend);
      }
    };
  }

  /** Frontends of a process before this one, with their endpoints: as if they were gone since then, unless they exist. */
  addFormer(former: Iterable<{ readonly frontend: string; readonly endpoint: string }>): void {
    for (const { frontend, endpoint } of former) this.#bury(frontend, [endpoint]);
  }

  #withdraw(claim: Claim): void {
    const rest = (this.#claims.get(claim.frontend) ?? []).filter((each) => each !== claim);
    if (rest.length > 0) this.#claims.set(claim.frontend, rest);
    else this.#claims.delete(claim.frontend);
  }

  #raise(claim: Claim): void {
    const claims = [...(this.#claims.get(claim.frontend) ?? []), claim];
    this.#claims.set(
      claim.frontend,
      claims.sort((a, b) => comparePrecedence(a.service, b.service)),
    );
  }

  #bury(frontend: string, endpoints: Iterable<string>): void {
    const earlier = [...(this.#former.get(frontend) ?? [])].slice(-mostEarlier);
    this.#former.set(frontend, new Set([...earlier, ...endpoints]));
  }
}

/** Besides those it had last: where flows cannot be looked at, as conntrack is missing, nothing is ever forgotten. */
const mostEarlier = 10_000;

/**
 * Whoever serves may answer: an endpoint that is not ready, or on another node under a policy Local, gets no new flows,
 * but keeps those that it has.
 */
function claims({ service, ports }: ServicePlan): readonly Claim[] {
  return ports
    .filter(({ port }) => port.protocol === "udp")
    .flatMap((plan) => {
      const serving = plan.endpoints.filter(
        ({ endpoint, cluster }) => cluster !== "listed twice" && (endpoint.ready || endpoint.serving),
      );
      const endpoints = new Set(serving.map(({ endpoint, port }) => `${endpoint.address} ${port}`));
      return plan.frontends.map(({ frontend: each }) => {
        const frontend = each.kind === "nodePort" ? `${each.port}` : `${each.address} ${each.port}`;
        return { service, frontend, endpoints };
      });
    });
}

function isSame(before: readonly Claim[], after: readonly Claim[]): boolean {
  const essence = (claims: readonly Claim[]) =>
    claims.map(({ frontend, endpoints, service }) => [frontend, service.created, ...endpoints].join(",")).join(";");
  return before.length === after.length && essence(before) === essence(after);
}
