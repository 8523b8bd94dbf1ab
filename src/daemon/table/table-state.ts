import { type RememberShape, rememberName } from "../../compile/affinity.ts";
import { claimOf } from "../../compile/claim.ts";
import type { FrontendRules, ServiceRules } from "../../compile/service-rules.ts";
import { setDeclarations } from "../../compile/sets.ts";
import type { Settings } from "../../compile/settings.ts";
import { type Shape, shapeName } from "../../compile/shape.ts";
import { type Structure, settingsElements, structure } from "../../compile/structure.ts";
import type { Family } from "../../model/address.ts";
import type { ObjectKey } from "../../model/service.ts";
import type { ElementEvent } from "../../netlink/generations.ts";
import type { Element, ElementTuple, Table } from "../../nft/ruleset.ts";
import { diffTables, type Transaction } from "../../nft/transaction.ts";
import { Claims } from "./claims.ts";
import { ElementDelta } from "./element-delta.ts";
import { UseCounts } from "./use-counts.ts";

/**
 * What a table is to hold, kept up to date Service by Service: the same as a fresh compile gives, at the cost of what
 * changes.
 *
 * The elements themselves are kept by the rules of their Services only. Here are the counts that tell which sets,
 * shapes and shared elements are in use, and what has changed since the last transaction.
 */
export class TableState {
  readonly #family: Family;
  readonly #services = new Map<ObjectKey, ServiceRules>();
  readonly #claims = new Claims();
  readonly #shapes = new UseCounts<Shape>();
  readonly #remember = new UseCounts<RememberShape>();
  /** By set. */
  readonly #shared = new Map<string, UseCounts<Element>>();
  readonly #targets = new Map<string, UseCounts<string>>();
  #settings: Settings;
  #settingsElements: ReadonlyMap<string, readonly Element[]> = new Map();
  #delta = new ElementDelta();
  #applied: Structure = { sets: [], chains: [] };
  /** The sets that the kernel has. */
  #known: ReadonlySet<string> = new Set();
  /** Undefined: not the one that it was any more, as something came into use, or went out of it. */
  #latest: Structure | undefined;

  constructor(family: Family, settings: Settings) {
    this.#family = family;
    this.#settings = settings;
    this.#replaceSettingsElements();
  }

  /** The rules of each Service, in no order. */
  get services(): Iterable<ServiceRules> {
    return this.#services.values();
  }

  get claims(): Claims {
    return this.#claims;
  }

  /** Takes the node's and the configuration's part; the rules of Services are to be set anew where they depend on it. */
  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#latest = undefined;
    this.#replaceSettingsElements();
  }

  /** Takes a Service's rules in place of those that it had; undefined where it has none any more. */
  setService(key: ObjectKey, rules: ServiceRules | undefined): void {
    const old = this.#services.get(key);
    if (rules === undefined) this.#services.delete(key);
    else this.#services.set(key, rules);
    const handovers = this.#claims.replace(old, rules);
    for (const { before } of handovers) this.#count(before, -1);
    for (const { after } of handovers) this.#count(after, 1);
    for (const [set, element] of sharedElements(old)) this.#countShared(set, element, -1);
    for (const [set, element] of sharedElements(rules)) this.#countShared(set, element, 1);
  }

  /** Takes what others have made of elements that the kernel has: the next transaction puts it right. */
  observe(events: readonly ElementEvent[]): void {
    for (const { set, element, isThere } of events) {
      if (this.#known.has(set)) this.#delta.observe(set, element, isThere, () => this.#find(set, element.key));
    }
  }

  /** The elements of each set as the kernel has them, by what was committed and observed. */
  applied(): ReadonlyMap<string, readonly Element[]> {
    const desired = this.#elements();
    const before = this.#delta.before();
    const after = this.#delta.after();
    return new Map(
      Array.from(this.#known, (set) => {
        const isNew = new Set(after.get(set));
        const kept = (desired.get(set) ?? []).filter((element) => !isNew.has(element));
        return [set, [...kept, ...(before.get(set) ?? [])]];
      }),
    );
  }

  /** The transaction from what was last committed to what is now desired. */
  transaction(): Transaction {
    const next = this.#structure();
    const after = new Map(this.#delta.after());
    // Most changes are of elements only. Then what did not change need not be compared.
    if (next === this.#applied) {
      const changed: Structure = { sets: next.sets.filter(({ name }) => after.has(name)), chains: [] };
      const before = partialTable(this.#family, changed, this.#delta.before());
      return diffTables(before, partialTable(this.#family, changed, after));
    }
    // All elements of a set are new to a kernel that does not have the set.
    const isNew = ({ name }: Structure["sets"][number]) => !this.#known.has(name);
    const all = next.sets.some(isNew) ? this.#elements() : undefined;
    for (const set of next.sets) if (isNew(set)) after.set(set.name, all?.get(set.name) ?? []);
    const before = partialTable(this.#family, this.#applied, this.#delta.before());
    return diffTables(before, partialTable(this.#family, next, after));
  }

  /**
   * The whole of what is desired. `besides` a former table, its rules look into the sets of both, so that it serves while
   * elements come and go one after another.
   */
  table(besides?: Pick<Table, "sets" | "chains">): Table {
    const next = besides === undefined ? this.#structure() : this.#makeStructure(besides);
    return partialTable(this.#family, next, this.#elements());
  }

  /** Every set that a table may have, with what it is to hold, the same objects as in `table`. */
  declared(): Table {
    return partialTable(this.#family, { sets: setDeclarations(this.#settings.counters), chains: [] }, this.#elements());
  }

  /** The kernel holds what is desired. */
  commit(): void {
    this.#applied = this.#structure();
    this.#known = new Set(this.#applied.sets.map(({ name }) => name));
    this.#delta = new ElementDelta();
  }

  /** All elements that each set is to hold. */
  #elements(): ReadonlyMap<string, readonly Element[]> {
    const all = new Map([...this.#settingsElements].map(([set, elements]) => [set, [...elements]]));
    const add = (set: string, elements: Iterable<Element>) => {
      const own = all.get(set) ?? [];
      all.set(set, own);
      for (const element of elements) own.push(element);
    };
    for (const [set, uses] of this.#shared) add(set, uses.entries().values());
    for (const rules of this.#claims.winners()) {
      for (const { set, elements } of rules.elements) add(set, elements);
    }
    return all;
  }

  /** The element that a set is to have for a key. */
  #find(set: string, key: ElementTuple): Element | undefined {
    const isFound = (element: Element) => element.key.every((part, index) => part === key[index]);
    const claim = claimOf(set, key);
    if (claim === undefined) {
      const shared = this.#shared.get(set)?.get(String(key[0]));
      return [...(this.#settingsElements.get(set) ?? []), ...(shared ? [shared] : [])].find(isFound);
    }
    for (const group of this.#claims.winner(claim)?.elements ?? []) {
      const found = group.set === set ? group.elements.find(isFound) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #structure(): Structure {
    this.#latest ??= this.#makeStructure();
    return this.#latest;
  }

  #makeStructure(besides?: Pick<Table, "sets" | "chains">): Structure {
    const filled = new Map<string, Iterable<string>>();
    for (const [set, targets] of this.#targets) if (targets.size > 0) filled.set(set, targets.keys());
    for (const set of besides?.sets.keys() ?? []) {
      filled.set(set, [...(filled.get(set) ?? []), ...(besides?.chains.keys() ?? [])]);
    }
    return structure(this.#family, this.#settings, {
      shapes: this.#shapes.entries(),
      remember: this.#remember.entries(),
      filled,
    });
  }

  #replaceSettingsElements(): void {
    const elements = settingsElements(this.#settings.families[this.#family]);
    for (const [set, removed] of this.#settingsElements)
      for (const element of removed) this.#countElement(set, element, -1);
    for (const [set, added] of elements) for (const element of added) this.#countElement(set, element, 1);
    this.#settingsElements = elements;
  }

  #count(rules: FrontendRules | undefined, by: 1 | -1): void {
    if (rules === undefined) return;
    for (const { set, elements } of rules.elements)
      for (const element of elements) this.#countElement(set, element, by);
    if (rules.shape) this.#noteUse(this.#shapes.count(shapeName(rules.shape), rules.shape, by));
    for (const shape of rules.remember) this.#noteUse(this.#remember.count(rememberName(shape), shape, by));
  }

  #countShared(set: string, element: Element, by: 1 | -1): void {
    const uses = this.#shared.get(set) ?? new UseCounts<Element>();
    this.#shared.set(set, uses);
    const change = uses.count(String(element.key[0]), element, by);
    if (change !== 0) this.#countElement(set, element, change);
  }

  #countElement(set: string, element: Element, by: 1 | -1): void {
    // Of a set that is new to the kernel, all elements are taken: at the start, these are all that there are.
    if (this.#known.has(set)) {
      if (by > 0) this.#delta.add(set, element);
      else this.#delta.remove(set, element);
    }
    const targets = this.#targets.get(set) ?? new UseCounts<string>();
    this.#targets.set(set, targets);
    const target = element.value && "chain" in element.value ? element.value.chain : "";
    this.#noteUse(targets.count(target, target, by));
  }

  /** Takes what a tally says of a use. */
  #noteUse(change: 1 | 0 | -1): void {
    if (change !== 0) this.#latest = undefined;
  }
}

/** What several Services may have in common. */
function sharedElements(rules: ServiceRules | undefined): readonly (readonly [string, Element])[] {
  if (rules === undefined) return [];
  return [
    ...(rules.clusterIP === undefined ? [] : ([["cluster-ips", { key: [rules.clusterIP] }]] as const)),
    ...rules.hairpins.map((ip) => ["hairpin", { key: [ip, ip] }] as const),
  ];
}

/** A table with a structure and those elements that a change is about. */
function partialTable(
  family: Family,
  { sets, chains }: Structure,
  elements: ReadonlyMap<string, readonly Element[]>,
): Table {
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, { ...set, elements: elements.get(set.name) ?? [] }])),
    chains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}
