import { type Frontend, frontendKey } from "../../compile/plan/frontends.ts";
import type { Round } from "../../daemon/table/round.ts";
import { serviceKey } from "../../model/service.ts";
import { planChanges } from "../plan-changes.ts";
import { type ServicePortChange, servicePortLine } from "../service-changes.ts";
import type { RecentRound } from "./status.ts";

/** The changes of a round, in the form of `diff`, up to a limit. */
export function roundChanges({
  family,
  services,
  owners,
  settings,
}: Round): Pick<RecentRound, "changes" | "moreServices"> {
  const { nodePortAddresses, affinity } = settings.families[family];
  const changes: string[] = [];
  let looked = 0;
  for (const [key, change] of services) {
    if (changes.length >= mostLines) break;
    looked += 1;
    const isDenied = (frontend: Frontend) => {
      const { any, addresses } = nodePortAddresses;
      if (frontend.kind === "nodePort" && !any && addresses.length === 0) return true;
      const owner = owners.owner(frontendKey(frontend));
      return owner !== undefined && serviceKey(owner.plan.service) !== key;
    };
    const found = planChanges(change, { isDenied, affinity });
    changes.push(...found.map((each) => servicePortLine(shortened(each))));
  }
  return { changes, moreServices: services.size - looked };
}

function shortened({ servicePort, added, removed, changed }: ServicePortChange): ServicePortChange {
  return { servicePort, added: first(added), removed: first(removed), changed: first(changed) };
}

function first(parts: readonly string[]): readonly string[] {
  return parts.length <= mostParts ? parts : [...parts.slice(0, mostParts), `${parts.length - mostParts} more`];
}

const mostLines = 20;
const mostParts = 10;
