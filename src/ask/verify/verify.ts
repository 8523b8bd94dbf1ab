import { affinityMap, filledBy, frontendSets, isRefusalSet } from "../../compile/lower/nftables/sets.ts";
import { hasEndpoints } from "../../compile/plan/service-plan.ts";
import { type Address, addressOfBytes } from "../../model/address.ts";
import { servicePortName } from "../../model/service.ts";
import { type Evaluator, evaluator } from "../../nft/evaluate/evaluate.ts";
import type { Lookup } from "../../nft/evaluate/lookup.ts";
import type { Outcome } from "../../nft/evaluate/outcome.ts";
import type { Packet } from "../../nft/evaluate/packet.ts";
import { printTuple } from "../../nft/print-set.ts";
import type { ElementTuple, Table } from "../../nft/ruleset.ts";
import type { World } from "../world.ts";
import { type Expectation, expectation, frontendOf, rememberedSeconds } from "./expectation.ts";
import { expectedWords, mismatch, mismatchAfterMiss, mismatchAfterSlip, mismatchRemembered } from "./mismatch.ts";
import { nobodysPackets, packetsOfPlan } from "./tried-packets.ts";

/** A packet that the rules treat differently from the plans. */
export type Difference = {
  /** The owner of the packet's frontend, as `namespace/name:port`; undefined if there is none. */
  readonly servicePort: string | undefined;
  readonly packet: Packet;
  /** The special circumstance of this packet: `while services misses 10.96.0.10 . tcp . 80`; empty if there is none. */
  readonly circumstance: string;
  readonly expected: string;
  readonly found: string;
};

/** The packets tried for one Service, or for none. */
export type Verified = { readonly packets: number; readonly differences: readonly Difference[] };

/**
 * Compares rules with plans: each frontend with each class of clients that rules may distinguish, and packets without a
 * frontend.
 *
 * The rules are interpreted, whatever their origin; nothing about how they are generated is assumed. What has to happen to
 * a packet follows from the plans alone.
 */
export function* verify(world: World, rules: Table): Generator<Verified> {
  const evaluate = evaluator(rules, world.nodeAddresses);
  const isCounting = [...rules.sets.keys()].some(isRefusalSet);
  const met = new Set<Address>();
  for (const plan of world.plans.plans) {
    const trial = new Trial(world, evaluate, isCounting);
    for (const packet of packetsOfPlan(world, plan, met)) trial.tryPacket(packet);
    yield trial;
  }
  const trial = new Trial(world, evaluate, isCounting);
  for (const packet of nobodysPackets(world)) trial.tryPacket(packet);
  yield trial;
}

/** Tries packets, and keeps the differences. */
class Trial {
  packets = 0;
  readonly differences: Difference[] = [];
  readonly #world: World;
  readonly #evaluate: Evaluator;
  readonly #isCounting: boolean;

  constructor(world: World, evaluate: Evaluator, isCounting: boolean) {
    this.#world = world;
    this.#evaluate = evaluate;
    this.#isCounting = isCounting;
  }

  tryPacket(packet: Packet): void {
    const expected = expectation(this.#world, packet);
    const outcomes = this.#evaluate(packet);
    this.packets += 1;
    this.#note(packet, "", expected, mismatch(this.#world, packet, expected, outcomes, this.#isCounting));
    const isEndpoint = expected.kind === "balanced" && expected.planned.port.endpoints.addresses.includes(packet.saddr);
    if (!isEndpoint) this.#tryMisses(packet, expected, outcomes);
    if (expected.kind !== "balanced") return;
    this.#trySlip(packet, expected);
    this.#tryRemembered(packet, expected);
  }

  /** Each lookup that finds an element of a frontend misses it once, as may happen during a transaction. */
  #tryMisses(packet: Packet, expected: Expectation, outcomes: readonly Outcome[]): void {
    for (const missed of lookupsOf(outcomes, expected)) {
      const isMissed = (lookup: Lookup) =>
        lookup.chain === missed.chain &&
        lookup.index === missed.index &&
        lookup.set === missed.set &&
        isSameKey(lookup.element.key, missed.element.key);
      const outcomes = this.#evaluate(packet, { isMissed });
      const found = isDispatch(missed.set)
        ? mismatch(this.#world, packet, expected, outcomes, this.#isCounting)
        : mismatchAfterMiss(this.#world, packet, expected, outcomes, isLookedUpOnce(missed.set));
      this.packets += 1;
      const where = () => `while ${missed.chain} misses ${printTuple(missed.element.key)} in ${missed.set}`;
      if (found !== undefined) this.#note(packet, where(), expected, found);
    }
  }

  #trySlip(packet: Packet, expected: Balanced): void {
    if (!hasEndpoints(expected.planned.port, expected.planned.frontend.outsiders)) return;
    const isMissed = ({ set }: Lookup) => isDispatch(set);
    this.packets += 1;
    const found = mismatchAfterSlip(packet, expected, this.#evaluate(packet, { isMissed }), this.#isCounting);
    if (found === undefined) return;
    this.#note(packet, "untranslated, as the rules were not there yet", { kind: "dropped", why: "slipped" }, found);
  }

  #tryRemembered(packet: Packet, expected: Balanced): void {
    const { frontend } = expected.planned;
    if (rememberedSeconds(this.#world, expected.planned) === undefined) return;
    const [first] = expected.endpoints.values();
    const gone = foreign(this.#world);
    for (const [remembered, target] of [
      [first, first && [first.endpoint.address, first.port]],
      [undefined, [gone, 65535]],
    ] as const) {
      if (target === undefined) continue;
      const client = printTuple([packet.saddr, packet.daddr, packet.dport]);
      const maps = new Map([[affinityMap(frontend.frontend.protocol), new Map([[client, target]])]]);
      this.packets += 1;
      const found = mismatchRemembered(this.#world, packet, expected, remembered, this.#evaluate(packet, { maps }));
      const where = `of a client that had ${target[0]} port ${target[1]} before`;
      if (found !== undefined) this.#note(packet, where, expected, found);
    }
  }

  #note(packet: Packet, circumstance: string, expected: Expectation, found: string | undefined): void {
    if (found === undefined) return;
    const owner = frontendOf(this.#world, packet);
    const servicePort = owner && servicePortName(owner.plan.service, owner.port.port);
    this.differences.push({ servicePort, packet, circumstance, expected: expectedWords(expected), found });
  }
}

type Balanced = Extract<Expectation, { kind: "balanced" }>;

const allSets = Object.values(frontendSets).flatMap((byProtocol) => Object.values(byProtocol));

function isDispatch(set: string): boolean {
  return allSets.some(({ dispatch, shortCircuits }) => dispatch === set || shortCircuits === set);
}

/**
 * A client missing from the allowed sources is rejected, and one whose endpoint is missing is forgotten: each for one
 * packet.
 */
function isLookedUpOnce(set: string): boolean {
  return allSets.some(({ allowedSources, stickyEndpoints }) => allowedSources === set || stickyEndpoints === set);
}

/** For each rule, a lookup that found an element that comes and goes with frontends. */
function lookupsOf(outcomes: readonly Outcome[], expected: Expectation): readonly Lookup[] {
  // A frontend without endpoints is refused before any rule checks whether it is a ClusterIP.
  const isUnserved = expected.kind === "refused" && expected.why === "no endpoints";
  const lookups = new Map<string, Lookup>();
  for (const { steps } of outcomes) {
    for (const { chain, index, found } of steps) {
      for (const { set, element } of found) {
        const by = filledBy(set);
        if (by !== "frontend" && !(isUnserved && by === "services")) continue;
        const name = `${chain.name} ${index} ${set}`;
        if (!lookups.has(name)) lookups.set(name, { chain: chain.name, index, set, element });
      }
    }
  }
  return [...lookups.values()];
}

function isSameKey(a: ElementTuple, b: ElementTuple): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

/** An address that no endpoint has: the highest of all. */
function foreign({ family }: World): Address {
  return addressOfBytes(new Array<number>(family === "ip" ? 4 : 16).fill(255));
}
