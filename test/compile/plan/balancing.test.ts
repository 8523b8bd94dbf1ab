import { expect, test } from "@jest/globals";
import { mostHashed } from "../../../src/compile/plan/balancing.ts";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { planProblemText } from "../../../src/compile/plan/problem-texts.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, portOf, service, servicePort, slice } from "../values.ts";

function planned(endpoints: number, ports: number, fields: Partial<Settings> = {}, canHash = true) {
  const each = Array.from({ length: ports }, (_, index) =>
    servicePort({ name: `p${index}`, port: portOf(80 + index) }),
  );
  const listed = Array.from({ length: endpoints }, (_, index) => endpoint(`10.244.${index >> 8}.${index & 255}`));
  const slices = [slice(listed, { ports: each.map((port) => ({ ...port, port: portOf(8080) })) })];
  const own = { ...settings.families.ip, sourceHash: canHash };
  const { families } = settings;
  const plan = planService(
    service({ ports: each, annotations: { balancing: "source-hash-port", problems: [] } }),
    slices,
    "ip",
    { ...settings, families: { ...families, ip: own }, ...fields },
  );
  return {
    balancing: plan.ports[0]?.frontends[0]?.balancing,
    said: plan.problems.map((problem) => planProblemText(plan.service, problem).message),
  };
}

test.each([
  { what: "as it asks for", plan: planned(mostHashed, 1), said: undefined },
  { what: "with too many endpoints", plan: planned(mostHashed + 1, 1), said: "has more than 300 endpoints" },
  { what: "with too many frontends", plan: planned(1, 10, { elementLimit: 10_000 }), said: "has too many frontends" },
  { what: "on a host that has no such hash", plan: planned(1, 1, {}, false), said: "which this host cannot compute" },
])("A-22 balancing $what", ({ plan, said }) => {
  expect(plan.balancing).toBe(said === undefined ? "source-hash-port" : "random");
  expect(plan.said[0]).toEqual(said === undefined ? undefined : expect.stringContaining(said));
});
