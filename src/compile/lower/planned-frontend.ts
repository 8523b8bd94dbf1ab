import type { PortRange } from "../../nft/ruleset.ts";
import { type FrontendKey, frontendKey } from "../plan/frontends.ts";
import type { FrontendPlan, PortPlan, ServicePlan } from "../plan/service-plan.ts";
import type { Settings } from "../settings.ts";

/** A frontend, with its plan and the plan's settings. */
export type PlannedFrontend = {
  readonly key: FrontendKey;
  readonly plan: Pick<ServicePlan, "service" | "family">;
  readonly port: PortPlan;
  readonly frontend: FrontendPlan;
  readonly settings: Settings;
  /**
   * The ports whose source ranges it names; undefined if another frontend names those of its port, or if there are none.
   */
  readonly sourcePorts?: PortRange | undefined;
};

/** The frontends of a port of a plan. */
export function frontendsOfPort(
  plan: PlannedFrontend["plan"],
  port: PortPlan,
  settings: Settings,
  sourcePorts: ReadonlyMap<FrontendPlan, PortRange> = new Map(),
): readonly PlannedFrontend[] {
  return port.frontends.map((frontend) => ({
    key: frontendKey(frontend.frontend),
    plan,
    port,
    frontend,
    settings,
    sourcePorts: sourcePorts.get(frontend),
  }));
}

/** A Service's plan, and its frontends, without those that another Service, or another port, has. */
export type ServedService = { readonly plan: ServicePlan; readonly frontends: readonly PlannedFrontend[] };
