import type { Address, Family } from "../../model/address.ts";
import type { CIDR } from "../../model/cidr.ts";
import type { Port, Protocol } from "../../model/port.ts";
import { type ObjectKey, serviceKey } from "../../model/service.ts";
import type { Chain, Element, Table } from "../../nft/ruleset.ts";
import type { Transaction } from "../../nft/transaction.ts";
import { type ElementGroup, lowerFrontend } from "../lower/nftables/frontend-elements.ts";
import { setDeclarations } from "../lower/nftables/sets.ts";
import { settingsElements, tableOf } from "../lower/nftables/structure.ts";
import type { PlannedFrontend, ServedService } from "../lower/planned-frontend.ts";
import { type Frontend, frontendKey, frontendKeyOf } from "../plan/frontends.ts";
import type { PlanChange, ServicePlan } from "../plan/service-plan.ts";
import type { Settings } from "../settings.ts";
import { AppliedTable, type SeenElement } from "./applied-table.ts";
import { desiredElement } from "./desired-element.ts";
import { FrontendOwners } from "./frontend-owners.ts";
import { gatherElements } from "./gather-elements.ts";
import { nextStructure } from "./next-structure.ts";
import { type PlannedService, PlannedServices } from "./planned-services.ts";
import { SharedElements } from "./shared-elements.ts";
import { StructureUses } from "./structure-uses.ts";

/**
 * A table made from the plans of Services, one at a time: the cost of a change is that of its Service.
 *
 * It keeps plans. Elements are made from them when they are written. It also counts which sets,
 * chains and shared elements are in use, and what has changed since the last transaction.
 */
export class ServiceTable {
  readonly #family: Family;
  readonly #services: PlannedServices;
  readonly #owners = new FrontendOwners();
  readonly #shared = new SharedElements();
  readonly #uses: StructureUses;
  readonly #applied: AppliedTable;
  #settings: Settings;
  #settingsElements: ReadonlyMap<string, readonly Element[]> = new Map();
  #nodeAddresses: ReadonlySet<Address> = new Set();
  /** All elements, cached until something changes or is committed. */
  #gathered: ReadonlyMap<string, readonly Element[]> | undefined;

  constructor(family: Family, settings: Settings) {
    this.#family = family;
    this.#settings = settings;
    this.#services = new PlannedServices(family, settings);
    this.#uses = new StructureUses(family, settings);
    this.#applied = new AppliedTable(family);
    this.#replaceSettingsElements();
  }

  get family(): Family {
    return this.#family;
  }

  get owners(): FrontendOwners {
    return this.#owners;
  }

  get plans(): Iterable<ServicePlan> {
    return this.#services.inOrder().map(({ plan }) => plan);
  }

  /** The served frontends of each Service, in the order of plans. */
  get served(): readonly ServedService[] {
    const isServed = (each: PlannedFrontend) => !this.#owners.isLost(each);
    return this.#services.inOrder().map(({ plan, frontends }) => ({ plan, frontends: frontends.filter(isServed) }));
  }

  planOf(key: ObjectKey): ServicePlan | undefined {
    return this.#services.get(key)?.plan;
  }

  ownerOf(frontend: Frontend): PlannedFrontend | undefined {
    return this.#owners.owner(frontendKey(frontend));
  }

  /** The plan of a Service as it was set, without restrictions by others. */
  wanted(key: ObjectKey): ServicePlan | undefined {
    return this.#services.get(key)?.wanted;
  }

  /** The frontends of a plan that another Service, or another port, has. */
  lostFrontends(plan: ServicePlan): readonly PlannedFrontend[] {
    return this.#services.get(serviceKey(plan.service))?.frontends.filter((each) => this.#owners.isLost(each)) ?? [];
  }

  isClusterIP(address: Address): boolean {
    return this.#shared.has("cluster-ips", address);
  }

  /** Whether any port of an address may be a frontend: this is checked for every endpoint. */
  isFrontendAddress(address: Address): boolean {
    return this.isClusterIP(address) || this.#services.isClaimed(address) || this.#nodeAddresses.has(address);
  }

  clusterIPOwner(address: Address): ObjectKey | undefined {
    return this.#services.clusterIPOwner(address);
  }

  frontendAt(address: Address, protocol: Protocol, port: Port): PlannedFrontend | undefined {
    return this.#owners.owner(frontendKeyOf(address, protocol, port)) ?? this.nodePortAt(address, protocol, port);
  }

  nodePortAt(address: Address, protocol: Protocol, port: Port): PlannedFrontend | undefined {
    return this.#nodeAddresses.has(address) ? this.#owners.owner(frontendKeyOf(undefined, protocol, port)) : undefined;
  }

  get serviceCIDRs(): readonly CIDR[] {
    return this.#settings.families[this.#family].serviceCIDRs;
  }

  /** Replaces the settings. Services must be set again if their plans depend on what changed. */
  setSettings(settings: Settings): void {
    this.#settings = settings;
    this.#services.setSettings(settings);
    this.#uses.setSettings(settings);
    this.#replaceSettingsElements();
  }

  /** Replaces the plan of a Service, and returns what that changes, also for other Services; if these are many, `settle` continues. */
  setService(key: ObjectKey, plan: ServicePlan | undefined): readonly (readonly [ObjectKey, PlanChange])[] {
    return this.#changes(this.#services.set(key, plan));
  }

  get isSettled(): boolean {
    return this.#services.isSettled;
  }

  settle(): readonly (readonly [ObjectKey, PlanChange])[] {
    return this.#changes(this.#services.settle());
  }

  #changes(replacements: ReturnType<PlannedServices["set"]>): readonly (readonly [ObjectKey, PlanChange])[] {
    this.#gathered = undefined;
    return replacements.map(([service, { before, after, gone, come }]) => {
      const handovers = this.#owners.replace(gone, come);
      const old = this.#countFrontends(
        handovers.flatMap((each) => each.before ?? []),
        -1,
      );
      const current = this.#countFrontends(
        handovers.flatMap((each) => each.after ?? []),
        1,
      );
      this.#applied.replace(old, current);
      this.#countShared(before, -1);
      this.#countShared(after, 1);
      return [service, { before: before?.plan, after: after?.plan }];
    });
  }

  /** Records elements that other programs changed in the kernel: the next transaction restores them. */
  observe(seen: readonly SeenElement[]): void {
    for (const each of seen) {
      const { set, element } = each;
      this.#applied.observe(each, () =>
        desiredElement(set, element.key, this.#owners, this.#shared, this.#settingsElements),
      );
    }
  }

  /** The elements of each set in the kernel, according to what was committed and observed. */
  applied(): ReadonlyMap<string, readonly Element[]> {
    return this.#applied.elements(this.#elements());
  }

  /** The transaction from the last commit to what packets need now. `tidying` does the rest. */
  transaction(): Transaction {
    const next = nextStructure(this.#uses.structure(), this.#applied.structure);
    return this.#applied.transaction(next, () => this.#elements());
  }

  /**
   * The whole desired table. `besides` a previous table, its rules use the sets of both, so that it serves
   * while elements are added and removed one by one.
   */
  table(besides?: Pick<Table, "sets" | "chains">): Table {
    return tableOf(this.#family, this.#uses.structure(besides), this.#elements());
  }

  /** The whole desired table, for people: chains that no element leads to are separate. */
  rendered(): Table {
    return this.#rendered(this.#elements());
  }

  /** The same with the elements of a few Services only: it costs what these cost. */
  renderedFor(keys: Iterable<ObjectKey>): Table {
    const services = [...new Set(keys)].flatMap((key) => this.#services.get(key) ?? []);
    const elements = gatherElements(services, this.#owners, this.#shared, this.#settingsElements);
    return this.#rendered(new Map(elements).set("hairpin", this.#shared.hairpinOf(services)));
  }

  #rendered(elements: ReadonlyMap<string, readonly Element[]>): Table {
    const { sets, chains, spares } = this.#uses.structure();
    const isSpare = ({ name }: Chain) => spares.has(name);
    const needed = chains.filter((chain) => !isSpare(chain));
    return {
      ...tableOf(this.#family, { sets, chains: needed }, elements),
      spares: new Map(chains.filter(isSpare).map((chain) => [chain.name, chain])),
    };
  }

  /** Every set that a table may have, with its desired elements, the same objects as in `table`. */
  declared(): Table {
    return tableOf(this.#family, { sets: setDeclarations(this.#settings.counters), chains: [] }, this.#elements());
  }

  /** The transaction that adds the chains that are likely to be needed next, and removes those without use. */
  tidying(): Transaction {
    return this.#applied.tidying(this.#uses.structure());
  }

  /**
   * The kernel holds what is desired.
   *
   * @param isTidy and nothing else, as after a full round, or `tidying`
   */
  commit(isTidy: boolean): void {
    const structure = this.#uses.structure();
    this.#applied.commit(isTidy ? structure : nextStructure(structure, this.#applied.structure));
    this.#gathered = undefined;
  }

  #elements(): ReadonlyMap<string, readonly Element[]> {
    this.#gathered ??= gatherElements(this.#services.inOrder(), this.#owners, this.#shared, this.#settingsElements);
    return this.#gathered;
  }

  #replaceSettingsElements(): void {
    this.#gathered = undefined;
    const settings = this.#settings.families[this.#family];
    this.#nodeAddresses = new Set(settings.nodePortAddresses.addresses);
    const elements = settingsElements(settings);
    for (const [set, removed] of this.#settingsElements) this.#count(set, removed, -1);
    for (const [set, added] of elements) this.#count(set, added, 1);
    this.#settingsElements = elements;
  }

  /** Counts what frontends use, and returns their elements. */
  #countFrontends(frontends: readonly PlannedFrontend[], by: 1 | -1): readonly ElementGroup[] {
    return frontends.flatMap((planned) => {
      const { groups, shapes, remember } = lowerFrontend(planned);
      for (const { set, chain = "" } of groups) this.#uses.countElements(set, chain, by);
      this.#uses.countChains(shapes, remember, by);
      return groups;
    });
  }

  #countShared(service: PlannedService | undefined, by: 1 | -1): void {
    for (const [set, element] of service === undefined ? [] : this.#shared.count(service, by)) {
      this.#count(set, [element], by);
    }
  }

  /** Counts elements that are added or removed together, and lead to no chain, as one use of their set. */
  #count(set: string, elements: readonly Element[], by: 1 | -1): void {
    if (elements.length === 0) return;
    this.#applied.count(set, elements, by);
    this.#uses.countElements(set, "", by);
  }
}
