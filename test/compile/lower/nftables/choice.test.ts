import { expect, test } from "@jest/globals";
import { compile } from "../../../../src/compile/compile.ts";
import type { AffinityMethod } from "../../../../src/compile/settings.ts";
import { settings } from "../../../support/arbitrary-cluster.ts";
import { endpoint, service, slice } from "../../values.ts";

const cases = [
  { affinity: "remember", chain: "cluster-ip-tcp-1021-source-hash-port-sticky" },
  // Without the port: the client is to keep its endpoint.
  { affinity: "hash", chain: "cluster-ip-tcp-1021-source-hash" },
  { affinity: "none", chain: "cluster-ip-tcp-1021-source-hash-port" },
] as const satisfies readonly { readonly affinity: AffinityMethod; readonly chain: string }[];

test.each(cases)("A-23 sticky clients that a hash balances, affinity $affinity", ({ affinity, chain }) => {
  const each = service({
    sessionAffinity: { timeoutSeconds: 60 },
    annotations: { balancing: "source-hash-port", problems: [] },
  });
  const endpointSlices = [slice([endpoint("10.244.1.11"), endpoint("10.244.1.12")])];
  const { families } = settings;
  const [table] = compile(
    { services: [each], endpointSlices, nodes: [], serviceCIDRs: [] },
    { ...settings, families: { ...families, ip: { ...families.ip, affinity } } },
  ).ruleset;
  const value = table?.sets.get("services")?.elements[0]?.value;
  expect(value).toEqual({ kind: "goto", chain });
  expect(table?.sets.get("endpoints-tcp")?.elements).toHaveLength(1021);
});
