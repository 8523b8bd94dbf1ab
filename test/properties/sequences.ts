// Run in a network namespace of its own, with nft first in PATH: makes random changes to the kernel's tables, and prints
// as JSON what differs in the end from a fresh compile. Arguments: the number of sequences, the seed.
import fc from "fast-check";
import { compile } from "../../src/compile/compile.ts";
import { planService } from "../../src/compile/plan/plan-service.ts";
import type { Settings } from "../../src/compile/settings.ts";
import { ServiceTable } from "../../src/compile/table/service-table.ts";
import { Store } from "../../src/daemon/store.ts";
import { stepsTo } from "../../src/daemon/table/apply.ts";
import { readKnown } from "../../src/io/nft/known-table.ts";
import { families } from "../../src/model/address.ts";
import { type ObjectKey, serviceKey } from "../../src/model/service.ts";
import { isReadable } from "../../src/netlink/element-dump.ts";
import { printRuleset } from "../../src/nft/print-ruleset.ts";
import { printTransactions } from "../../src/nft/print-transaction.ts";
import { restoreTable, type Transaction, withSpares } from "../../src/nft/transaction.ts";
import { Kernel } from "../paths/kernel.ts";
import { listingDifferences } from "../paths/listing.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../support/arbitrary-cluster.ts";

const arbitraryStep = fc.oneof(
  { weight: 5, arbitrary: fc.record({ service: arbitraryService, isDeleted: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ slice: arbitrarySlice, isDeleted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ settings: arbitrarySettings }) },
  { weight: 3, arbitrary: fc.constant("commit" as const) },
  { weight: 1, arbitrary: fc.constant("restore" as const) },
);

const [sequences = 10, seed = 1] = process.argv.slice(2).map(Number);
const kernel = new Kernel();
const failures: string[] = [];
for (const steps of fc.sample(fc.array(arbitraryStep, { minLength: 5, maxLength: 40 }), { numRuns: sequences, seed })) {
  failures.push(...(await run(steps)).map((failure) => `${failure} after ${JSON.stringify(steps)}`));
}
kernel.close();
process.stdout.write(JSON.stringify({ done: sequences, failures }));

async function restoring(state: ServiceTable): Promise<Transaction> {
  return restoreTable(await readKnown(state.declared()), state.table());
}

type Step = typeof arbitraryStep extends fc.Arbitrary<infer T> ? T : never;

async function run(steps: readonly Step[]): Promise<readonly string[]> {
  await kernel.load(`flush ruleset\nadd table ip kube-nft\nadd table ip6 kube-nft\n`);
  let current: Settings = settings;
  const dirty = new Set<ObjectKey>();
  const store = new Store();
  store.follow((change) => {
    if ("key" in change) dirty.add(change.key);
  });
  const states = families.map((family) => ({ family, state: new ServiceTable(family, current) }));
  const refresh = () => {
    for (const key of dirty) {
      const service = store.services.get(key);
      for (const { family, state } of states) {
        state.setService(key, service && planService(service, store.slicesOf(key), family, current));
      }
    }
    dirty.clear();
  };
  for (const step of [...steps, "commit" as const]) {
    if (step === "commit" || step === "restore") {
      refresh();
      for (const { state } of states) {
        const transactions =
          step === "commit" ? [state.transaction()] : stepsTo(await readKnown(state.declared()), state, 5);
        for (const transaction of transactions) {
          const said = await kernel.apply(printTransactions([transaction]));
          if (said !== "") return [said];
        }
        state.commit(step === "restore");
        if (step === "restore") continue;
        const said = await kernel.apply(printTransactions([state.tidying()]));
        if (said !== "") return [said];
        state.commit(true);
      }
    } else if ("service" in step) {
      store.setService(serviceKey(step.service), step.isDeleted ? undefined : step.service);
    } else if ("slice" in step) {
      store.setSlice(`${step.slice.namespace}/${step.slice.name}`, step.isDeleted ? undefined : step.slice);
    } else {
      current = step.settings;
      for (const { state } of states) state.setSettings(current);
      for (const key of store.services.keys()) dirty.add(key);
    }
  }
  for (const { state } of states) {
    const unlike = (await restoring(state)).commands.filter(
      (command) => "elements" in command && isReadable(command.set),
    );
    if (unlike.length > 0) return [`what is read differs: ${JSON.stringify(unlike)}`];
  }
  const found = await kernel.list(2);
  const cluster = {
    services: [...store.services.values()],
    endpointSlices: [...store.slices.values()],
    nodes: [],
    serviceCIDRs: [],
  };
  await kernel.load(`flush ruleset\n${printRuleset(compile(cluster, current).ruleset.map(withSpares))}`);
  return listingDifferences(await kernel.list(2), found);
}
