import { answerPacket } from "../ask/packet-answer.ts";
import type { PacketExplanation } from "../ask/packet-explanation.ts";
import { explainService } from "../ask/service/explanation.ts";
import type { ServiceAnswer } from "../ask/service/no-explanation.ts";
import { type World, world } from "../ask/world.ts";
import { planService } from "../compile/plan/plan-service.ts";
import { ServiceTable } from "../compile/table/service-table.ts";
import type { Agent, TableView } from "../daemon/agent.ts";
import type { Clock } from "../daemon/coalescer.ts";
import type { Store } from "../daemon/store.ts";
import { TokenBucket } from "../daemon/token-bucket.ts";
import { type ServiceDetails, serviceDetails } from "../decode/service-details.ts";
import { hostAddresses } from "../io/host/addresses.ts";
import type { Connection } from "../io/kube/connection.ts";
import { serviceObjects } from "../io/kube/service-objects.ts";
import { addressFamily, type Family } from "../model/address.ts";
import type { ObjectKey } from "../model/service.ts";
import type { Chronicle } from "./chronicle.ts";
import type { WatchStates } from "./watch-states.ts";

export type ExplainerSources = {
  readonly agent: Pick<Agent, "views">;
  readonly store: Store;
  readonly connection: Connection;
  readonly watches: Pick<WatchStates, "unreachable">;
  readonly chronicle: Pick<Chronicle, "reasonFor">;
  readonly clock: Clock;
};

/** Answers questions about Services and packets from what the agent knows. */
export class Explainer {
  readonly #sources: ExplainerSources;
  /** Anyone on this machine may ask, and must not overload the API server. */
  readonly #lookUps: TokenBucket;

  constructor(sources: ExplainerSources) {
    this.#sources = sources;
    this.#lookUps = new TokenBucket(sources.clock, { burst: 20, pauseMs: 500 });
  }

  async service(key: ObjectKey, port: string | undefined): Promise<ServiceAnswer> {
    const { agent, store } = this.#sources;
    const read = await this.#details(key);
    const details = read === "unread" ? undefined : read;
    const hasDetails = read !== "unread";
    const worlds = agent.views.map((view) => worldOf(this.#plansWith(view, key)));
    const explanation = explainService(worlds, key, { details, portFilter: port, setAside: this.#reasons(key) });
    return explanation === undefined
      ? { kind: "unexplained", details, hasDetails, known: [...store.services.keys()] }
      : { kind: "explained", explanation, hasDetails };
  }

  /** Throws a QuestionError. */
  packet(from: string, to: string): PacketExplanation {
    return answerPacket(this.#sources.agent.views.map(worldOf), from, to);
  }

  /** Details that plans do not have, from the API server. An answer without them is better than none. */
  async #details(key: ObjectKey): Promise<ServiceDetails | undefined | "unread"> {
    const { connection, watches } = this.#sources;
    if (watches.unreachable !== undefined || !this.#lookUps.takeNow()) return "unread";
    try {
      return serviceDetails(await serviceObjects(connection, key, AbortSignal.timeout(1000)), key);
    } catch {
      return "unread";
    }
  }

  /** Why the Service is set aside. */
  #reasons(key: ObjectKey): ReadonlyMap<Family, string> {
    const { agent, chronicle } = this.#sources;
    return new Map(
      agent.views.flatMap(({ family }) => {
        const reason = chronicle.reasonFor(family, key);
        return reason === undefined ? [] : [[family, reason] as const];
      }),
    );
  }

  /** A Service that is not in the table, because it is set aside or not yet processed, is planned here. */
  #plansWith(view: TableView, key: ObjectKey): TableView {
    const { family, settings, plans, kernelState } = view;
    const { store } = this.#sources;
    const service = store.services.get(key);
    if (plans.planOf(key) !== undefined || service === undefined) return view;
    const alone = new ServiceTable(family, settings);
    alone.setService(key, planService(service, store.slicesOf(key), family, settings));
    return { family, settings, plans: alone, kernelState };
  }
}

function worldOf({ family, settings, plans }: TableView): World {
  const own = hostAddresses().filter((each) => addressFamily(each) === family);
  return world(family, settings, plans, own);
}
