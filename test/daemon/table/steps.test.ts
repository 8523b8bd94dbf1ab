import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { compile } from "../../../src/compile/compile.ts";
import { usedSets } from "../../../src/compile/lower/nftables/prune.ts";
import { frontendOfElement } from "../../../src/compile/lower/nftables/sets.ts";
import type { Settings } from "../../../src/compile/settings.ts";
import { ServiceTable } from "../../../src/compile/table/service-table.ts";
import { stepsTo } from "../../../src/daemon/table/apply.ts";
import { inSteps } from "../../../src/daemon/table/steps.ts";
import { decodeCluster } from "../../../src/decode/cluster.ts";
import type { Protocol } from "../../../src/model/port.ts";
import { serviceKey } from "../../../src/model/service.ts";
import { portsOf } from "../../../src/nft/port-range.ts";
import { printElement } from "../../../src/nft/print-set.ts";
import type { Element, Table } from "../../../src/nft/ruleset.ts";
import { diffTables, elementCount, emptyTable, type Transaction } from "../../../src/nft/transaction.ts";
import { endpoint, planAmong, portOf, service, servicePort, slice } from "../../compile/values.ts";
import { arbitraryService, arbitrarySettings, arbitrarySlice, settings } from "../../support/arbitrary-cluster.ts";
import { FakeKernel, knownOf } from "../../support/fake-kernel.ts";

/** A table as it is kept up to date, which equals a compiled one. */
const arbitraryState: fc.Arbitrary<ServiceTable> = fc
  .record({
    services: fc.uniqueArray(arbitraryService, { selector: serviceKey, maxLength: 6 }),
    slices: fc.uniqueArray(arbitrarySlice, { selector: ({ name }) => name, maxLength: 8 }),
    settings: arbitrarySettings,
  })
  .map(({ services, slices, settings }) => {
    const state = new ServiceTable("ip", settings);
    for (const service of services) {
      state.setService(serviceKey(service), planAmong(service, slices, settings));
    }
    return state;
  });

describe("a table that becomes another in steps", () => {
  test("has each frontend as before or as desired after each step, rules that look for all, and leads to no new chain", () => {
    fc.assert(
      fc.property(
        fc.option(arbitraryState, { nil: undefined }),
        arbitraryState,
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        (former, desired, most, canRead) => {
          const kernel = new FakeKernel();
          const before = former?.table();
          const after = desired.table();
          if (before) kernel.commit([diffTables(undefined, before)]);
          const was = frontends(before);
          // Of sets that only one of the two has a use for, the table between them has the new elements, too.
          const shall = frontends(desired.table(before));
          const steps = stepsTo(before && knownOf(before, canRead), desired, most);
          for (const [index, step] of steps.entries()) {
            const chains = new Set(kernel.table("ip")?.chains.keys());
            const isReplaced = step.commands.some(({ kind }) => kind === "deleteTable");
            if (!isReplaced) expect(targets(step).filter((chain) => !chains.has(chain))).toEqual([]);
            kernel.commit([step]);
            if (index === steps.length - 1) break;
            const is = frontends(kernel.table("ip"));
            for (const claim of new Set([...was.keys(), ...shall.keys(), ...is.keys()])) {
              expect([was.get(claim), shall.get(claim)]).toContainEqual(is.get(claim));
            }
            // Where nothing but pod networks has come, all is in the maps of before.
            const hasChanged = changedSets(step).some((name) => name !== "pod-cidrs");
            const filled = hasChanged ? [...addressMaps(before), ...addressMaps(after)] : addressMaps(before);
            expect(addressMaps(kernel.table("ip"))).toEqual(expect.arrayContaining([...filled]));
          }
          const expected = new FakeKernel();
          expected.commit([diffTables(undefined, after)]);
          expect(contents(kernel.table("ip"))).toEqual(contents(expected.table("ip")));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("leaves elements out of sets that no rule looks into any more, as their chains are not made", () => {
    const withNodePort = (protocol: Protocol, changed: Settings) => {
      const web = service({ ports: [servicePort({ protocol, nodePort: portOf(30001) })] });
      const state = new ServiceTable("ip", changed);
      const slices = [slice([endpoint("10.244.1.11")], { ports: [{ name: "", protocol, port: portOf(8080) }] })];
      state.setService(serviceKey(web), planAmong(web, slices, changed));
      return state;
    };
    const { ip } = settings.families;
    const onAddresses = (any: boolean): Settings => ({
      ...settings,
      families: { ...settings.families, ip: { ...ip, nodePortAddresses: { any, addresses: [], loopback: false } } },
    });
    const before = withNodePort("udp", onAddresses(true)).table();
    const between = withNodePort("sctp", onAddresses(false)).table(before);
    const led = [...between.sets.values()].flatMap(({ elements }) => elements.flatMap(verdictChain));
    expect(led).toContain("cluster-ip-sctp-1");
    expect(led.filter((chain) => !between.chains.has(chain))).toEqual([]);
  });

  test("takes as few steps as it can, and none is larger than it may be but for a frontend that is", () => {
    fc.assert(
      fc.property(arbitraryState, fc.integer({ min: 1, max: 30 }), (state, most) => {
        const whole = diffTables(undefined, state.table());
        const [additions, ...others] = inSteps(whole, most);
        // New chains that nothing leads to yet are a step without elements.
        const steps = others.filter((step) => elementCount(step) > 0);
        for (const step of steps) {
          expect(elementCount(step) <= most || new Set(groupsOf(step, whole)).size === 1).toBe(true);
        }
        for (const [index, step] of steps.slice(1).entries()) {
          expect(elementCount(step) + elementCount(steps[index] ?? step)).toBeGreaterThan(most - largestGroup(whole));
        }
        const early = additions ?? { family: "ip", commands: [] };
        expect(changedSets(early).filter((name) => name !== "pod-cidrs")).toEqual([]);
        expect([early, ...steps].reduce((sum, step) => sum + elementCount(step), 0)).toBe(elementCount(whole));
      }),
    );
  });

  test("serves the API server first, then DNS, then all others", () => {
    const objects = ["default/aaa", "kube-system/kube-dns", "kube-system/metrics", "default/kubernetes"].map(
      (name, index) => {
        const [namespace = "", own = ""] = name.split("/");
        const ports = [{ name: "p", protocol: "UDP", port: own === "kube-dns" ? 53 : 443 }];
        return {
          object: {
            apiVersion: "v1",
            kind: "Service",
            metadata: { namespace, name: own },
            spec: { clusterIPs: [`10.96.0.${index + 1}`], ports },
          },
        };
      },
    );
    const [table = emptyTable("ip")] = compile(decodeCluster(objects).cluster, settings).ruleset;
    const owners = inSteps(diffTables(undefined, table), 1).flatMap(({ commands }) =>
      commands.flatMap((command) =>
        "elements" in command && command.set.name === "no-endpoints" ? command.elements.map(({ owner }) => owner) : [],
      ),
    );
    expect(owners).toEqual([
      "default/kubernetes:p",
      "kube-system/kube-dns:p",
      "default/aaa:p",
      "kube-system/metrics:p",
    ]);
  });
});

/**
 * What each frontend's elements are, in one order; sources of a range of ports are those of each. Those of a frontend that
 * no rule leads to are out of reach, and so are short circuits that its chain does not look into.
 */
function frontends(table: Table | undefined): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  const elements = [...(table?.sets.values() ?? [])].flatMap((set) =>
    set.elements.map((element) => ({ set, element })),
  );
  const isOfMany = ({ element: { key } }: (typeof elements)[number]) => String(key[1]).includes("-");
  for (const { set, element } of elements.filter((each) => !isOfMany(each))) {
    const claim = frontendOfElement(set.name, element.key);
    if (claim !== undefined)
      found.set(claim, [...(found.get(claim) ?? []), `${set.name} ${printElement(set, element)}`]);
  }
  for (const { set, element } of elements.filter(isOfMany)) {
    const claim = frontendOfElement(set.name, element.key);
    const [first = 0, last = 0] = portsOf(element.key[1]) ?? [];
    for (const [other, own] of claim === undefined ? [] : found) {
      const port = Number(other.split(" ")[2]);
      if (placeOf(other) !== placeOf(claim ?? "") || port < first || last < port) continue;
      if (own.some((each) => each.startsWith("firewalled-"))) own.push(`${set.name} ${element.key[2]}`);
    }
  }
  return new Map(
    [...found].flatMap(([claim, all]) => {
      const dispatch = all.find((each) => /^(services|node-ports) /.test(each));
      const chain = table?.chains.get(/goto (\S+)$/.exec(dispatch ?? "")?.[1] ?? "");
      const isShort = chain !== undefined && [...usedSets([chain])].some((name) => name.endsWith("short-circuits"));
      const reached = all.filter((each) => {
        if (/^(node-port-)?short-circuits /.test(each)) return isShort;
        return dispatch !== undefined || !/^(node-port-)?endpoints-/.test(each);
      });
      return reached.some((each) => !each.startsWith("sticky-")) ? [[claim, reached.sort()] as const] : [];
    }),
  );
}

/** The maps that all packets are looked up in and that rules name. */
function addressMaps(table: Table | undefined): readonly string[] {
  const used = usedSets([...(table?.chains.values() ?? [])]);
  return ["services", "no-endpoints"].filter((name) => used.has(name));
}

/** The chains that the elements of a transaction lead to. */
function targets({ commands }: Transaction): readonly string[] {
  return commands.flatMap((command) => (command.kind === "addElements" ? command.elements.flatMap(verdictChain) : []));
}

function verdictChain({ value }: Element): readonly string[] {
  return value && "chain" in value ? [value.chain] : [];
}

/** The sets of which elements come or go. */
function changedSets({ commands }: Transaction): readonly string[] {
  return commands.flatMap((command) => ("elements" in command ? [command.set.name] : []));
}

/** What each element is never parted from: a frontend, or all of an address that have source ranges in common. */
function groupsOf(transaction: Transaction, whole: Transaction): readonly (string | undefined)[] {
  const claims = ({ commands }: Transaction) =>
    commands.flatMap((command) =>
      "elements" in command
        ? command.elements.map(({ key }) => ({ key, claim: frontendOfElement(command.set.name, key) }))
        : [],
    );
  const joined = claims(whole).flatMap(({ key, claim }) =>
    claim !== undefined && String(key[1]).includes("-") ? [placeOf(claim)] : [],
  );
  return claims(transaction).map(({ claim }) =>
    claim !== undefined && joined.includes(placeOf(claim)) ? placeOf(claim) : claim,
  );
}

function placeOf(claim: string): string {
  return claim.split(" ").slice(0, -1).join(" ");
}

function largestGroup(transaction: Transaction): number {
  const sizes = new Map<string | undefined, number>();
  for (const group of groupsOf(transaction, transaction)) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return Math.max(0, ...sizes.values());
}

function contents(table: Table | undefined): unknown {
  return (
    table && [
      [...table.sets].map(([name, set]) => [name, set.elements.map((each) => printElement(set, each)).sort()]).sort(),
      [...table.chains].map(([name, { rules }]) => [name, rules]).sort(),
    ]
  );
}
