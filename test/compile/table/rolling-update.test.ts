import { expect, test } from "@jest/globals";
import { planService } from "../../../src/compile/plan/plan-service.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { serviceKey } from "../../../src/model/service.ts";
import type { Transaction } from "../../../src/nft/transaction.ts";
import { settings } from "../../support/arbitrary-cluster.ts";
import { endpoint, ips, portOf, service, servicePort, slice } from "../values.ts";

/** The endpoint of a pod on another node. */
function pod(number: number) {
  return endpoint(`10.32.${number >> 8}.${number & 255}`, { nodeName: "node-2" });
}

/** Elements that are added or deleted; one with another value is both. */
function elements(...transactions: readonly Transaction[]): number {
  return transactions
    .flatMap(({ commands }) => commands)
    .reduce((sum, command) => sum + ("elements" in command ? command.elements.length : 0), 0);
}

/** How many of them are replaced, one after another: all would take long, and are no different. */
const replaced = 12;

const frontends = [
  { what: "a ClusterIP", count: 1, web: service() },
  {
    what: "a ClusterIP and a NodePort",
    count: 2,
    web: service({ type: "NodePort", ports: [servicePort({ nodePort: portOf(30080) })] }),
  },
  { what: "a ClusterIP and an external IP", count: 2, web: service({ externalIPs: ips("198.51.100.10") }) },
];

test.each(frontends)("a rolling update of 1,000 pods writes under 10 elements a pod for $what", ({ count, web }) => {
  const table = new ServiceTable("ip", settings);
  let pods = Array.from({ length: 1000 }, (_, number) => pod(number));
  const set = (): number => {
    table.setService(serviceKey(web), planService(web, [slice(pods)], "ip", settings));
    const now = table.transaction();
    table.commit(false);
    const later = table.tidying();
    table.commit(true);
    return elements(now, later);
  };
  set();
  let written = 0;
  for (let number = 0; number < replaced; number++) {
    // The new one is ready; then the old one is not.
    pods = [...pods, pod(1000 + number)];
    written += set();
    pods = pods.slice(1);
    written += set();
  }
  expect(written / replaced / count).toBeLessThan(10);
});
