import { isLoopback } from "../../model/address.ts";
import { printTuple } from "../print-set.ts";
import type { LookupStatement } from "../rule.ts";
import type { Element, ElementTuple, Table } from "../ruleset.ts";
import { leaveRule, nextStatement, type Terrain } from "./advance.ts";
import { type Fraction, fraction, one, times } from "./fraction.ts";
import { drawCount, keyOf } from "./key.ts";
import type { DynamicMaps, Found, Outcome, Result } from "./outcome.ts";
import type { Packet } from "./packet.ts";
import { baseChains } from "./route.ts";
import { type SetIndex, setIndex } from "./set-index.ts";
import { carryOut } from "./statement.ts";
import { result, start, type Walk } from "./walk.ts";

/** Tells all ends that a packet may come to. Their probabilities add up to 1. */
export type Evaluator = (packet: Packet, given?: Given) => readonly Outcome[];

export type Given = {
  /** What the dynamic maps hold, which never are full; by default nothing. */
  readonly maps?: DynamicMaps;
  /** Has a lookup miss an element that is there, as may happen while a transaction is under way. */
  readonly isMissed?: (lookup: Lookup) => boolean;
};

/** The rule of this index in a chain finds an element. */
export type Lookup = Found & { readonly chain: string; readonly index: number };

/**
 * Interprets a table as the kernel does: hook after hook, with routing and NAT between, and twice where this node sends
 * to itself. A refusal is a packet too, which the rules may drop; then nobody hears of it.
 *
 * Random numbers have all their values. What the rules do not decide is left out: whether there is a route, whether
 * somebody listens, which source address masquerading chooses.
 *
 * @param localAddresses the addresses of this node, for `fib` and for routing; loopback addresses are so anyway
 */
export function evaluator(table: Table, localAddresses: ReadonlySet<string>): Evaluator {
  const terrain: Terrain = {
    bases: baseChains(table),
    chains: table.chains,
    isLocal: (address) => localAddresses.has(address) || isLoopback(address),
  };
  const findGiven = finder(table);
  return (packet, given = {}) => {
    const find = findGiven(given);
    const outcomes: Outcome[] = [];
    const follow = (walk: Walk): void => {
      const statement = nextStatement(walk, terrain);
      if (statement === undefined) {
        outcomes.push(outcome(walk, result(walk)));
        return;
      }
      const ways = "key" in statement ? waysOf(statement, walk, find) : [straight];
      if (ways.length === 0) {
        leaveRule(walk);
        follow(walk);
      }
      for (const way of ways) {
        const branch = ways.length === 1 ? walk : { ...walk, probability: times(walk.probability, way.share) };
        const end = carryOut(branch, statement, way.element, terrain);
        if (end === undefined) follow(branch);
        else outcomes.push(outcome(branch, end));
      }
    };
    follow(start(packet));
    return outcomes;
  };
}

/** One that chance may choose: the element that a lookup finds, if it does, or the one that is to be written. */
type Way = { readonly share: Fraction; readonly element: Element | undefined };

const straight: Way = { share: one, element: undefined };

/** A way for each element, and one for all misses; none if the packet lacks a part of the key. */
function waysOf(statement: LookupStatement, walk: Walk, find: Find): readonly Way[] {
  const count = drawCount(statement.key);
  const shares = new Map<Element | undefined, number>();
  for (let draw = 0; draw < count; draw++) {
    const key = keyOf(statement.key, walk, draw);
    if (key === undefined) return [];
    const element = find(statement, key, walk);
    shares.set(element, (shares.get(element) ?? 0) + 1);
  }
  return [...shares].map(([element, share]) => ({ share: fraction(share, count), element }));
}

type Find = (statement: LookupStatement, key: ElementTuple, walk: Walk) => Element | undefined;

/** Finds elements in a table's sets, of which each gets its index when it is first looked into. */
function finder({ sets }: Table): (given: Given) => Find {
  const indexes = new Map<string, SetIndex>();
  const indexOf = (name: string): SetIndex => {
    const set = sets.get(name);
    if (set === undefined) throw new Error(`there is no set ${name}`);
    const index = indexes.get(name) ?? setIndex(set);
    indexes.set(name, index);
    return index;
  };
  return ({ maps, isMissed }) =>
    (statement, key, { place }) => {
      if (statement.kind === "update" || statement.kind === "delete") return { key };
      const set = statement.kind === "member" ? statement.set : statement.map;
      const element = (maps && remembered(maps, set, key)) ?? indexOf(set)(key);
      if (element === undefined || !isMissed?.({ chain: place.chain.name, index: place.index, set, element }))
        return element;
      return undefined;
    };
}

function remembered(maps: DynamicMaps, map: string, key: ElementTuple): Element | undefined {
  const value = maps.get(map)?.get(printTuple(key));
  return value && { key, value };
}

function outcome({ probability, steps, effects }: Walk, result: Result): Outcome {
  return { result, probability, steps, effects };
}
