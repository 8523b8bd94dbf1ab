import { setDeclarations } from "../../compile/lower/nftables/sets.ts";
import type { Elements } from "../../daemon/table/kernel.ts";
import type { Family } from "../../model/address.ts";
import { elementReader, elementsRequest, isReadable, type ReadElement } from "../../netlink/element-dump.ts";
import {
  chainOf,
  chainsRequest,
  isDormant,
  isOurs,
  setOf,
  setsRequest,
  tablesRequest,
} from "../../netlink/layout-dump.ts";
import { type Chain, type NamedSet, nobodysHook, type Table } from "../../nft/ruleset.ts";
import type { KnownTable } from "../../nft/transaction.ts";
import { type Ask, askWhole, type Talker, withNetlink } from "../netlink/netlink.ts";

/**
 * Our table in the kernel, or undefined if there is none: of its sets, those that are declared as in `declared`, with
 * their elements. An element that is in both is the same object in both, so that comparing the two is fast.
 *
 * It reads from the kernel directly: 300,000 elements then take 12 MB, while nft takes 2 KB for each, and nft 1.0.6 reads
 * all of them even to list a table without its elements. nft also starts again whenever anything is committed, which on a
 * busy node never ends. Here, foreign changes to our table in the meantime are detected and repaired like all drift.
 *
 * @param assumed the elements of sets that need not be read
 */
export function readKnown(
  declared: Table,
  assumed: Elements = new Map(),
  talk: Talker = withNetlink,
): Promise<KnownTable | undefined> {
  return talk(async (ask) => {
    const layout = await readLayout(ask, declared);
    if (layout === undefined) return undefined;
    const elements = await readElements(ask, layout, declared, assumed);
    return {
      ...layout,
      sets: new Map([...layout.sets].map(([name, set]) => [name, { ...set, elements: elements.get(name) ?? [] }])),
      unread: new Set([...layout.sets.keys()].filter((name) => !elements.has(name))),
    };
  });
}

/**
 * The elements of some of our sets in the kernel, by the set's name. Sets that do not exist, or that another version
 * declared differently, have none.
 */
export async function readSets(
  family: Family,
  names: readonly string[],
  counters: boolean,
  talk: Talker = withNetlink,
): Promise<ReadonlyMap<string, readonly ReadElement[]>> {
  const all = new Map<string, ReadElement[]>();
  await visitSets(family, names, counters, ({ name }) => collectIn(all, name), talk);
  return all;
}

/** Passes on the same elements one by one, so that they need not all be held. */
export function visitSets(
  family: Family,
  names: readonly string[],
  counters: boolean,
  visitorOf: VisitorOf,
  talk: Talker = withNetlink,
): Promise<void> {
  const declarations = setDeclarations(counters).filter(({ name }) => names.includes(name));
  const sets = new Map(declarations.map((set) => [set.name, { ...set, elements: [] }]));
  return talk(async (ask) => {
    const declared = { family, sets, chains: new Map() };
    const layout = await readLayout(ask, declared);
    if (layout !== undefined) await visitElements(ask, layout, declared, visitorOf);
  });
}

/** Receives the elements of a set; undefined if they need not be read. */
type VisitorOf = (set: NamedSet) => ((element: ReadElement) => void) | undefined;

async function readLayout(ask: Ask, { family, sets: declared }: Table): Promise<Table | undefined> {
  let isThere = false;
  let isAsleep = false;
  const chains = new Map<string, Chain>();
  const sets = new Map<string, NamedSet>();
  await ask(tablesRequest(family), (message) => {
    if (!isOurs(message)) return;
    isThere = true;
    isAsleep = isDormant(message);
  });
  if (!isThere) return undefined;
  // The kernel counts the chains of all tables, and may then skip one of ours. There are few, and so few parts.
  await askWhole(ask, chainsRequest(family), () => {
    chains.clear();
    return (message) => {
      if (!isOurs(message)) return;
      const chain = chainOf(message);
      // Waking a dormant table takes as long as writing it anew.
      chains.set(chain.name, isAsleep && chain.hook ? { ...chain, hook: nobodysHook } : chain);
    };
  });
  await askWhole(ask, setsRequest(family), () => {
    sets.clear();
    return (message) => {
      const set = setOf(message, family, declared);
      // A set of a rule has no name, and disappears with the rule.
      if (!set.name.startsWith("__")) sets.set(set.name, set);
    };
  });
  return { family, sets, chains };
}

/** The elements of the sets that are declared in the kernel as in `declared`. */
async function readElements(
  ask: Ask,
  layout: Table,
  declared: Table,
  assumed: Elements,
): Promise<ReadonlyMap<string, readonly ReadElement[]>> {
  const all = new Map<string, ReadElement[]>();
  const known = new Map<string, readonly ReadElement[]>();
  await visitElements(ask, layout, declared, (set) => {
    if (!isReadable(set)) return undefined;
    const { name } = set;
    const elements = assumed.get(name);
    if (elements === undefined) return collectIn(all, name);
    known.set(name, elements);
    return undefined;
  });
  return new Map([...all, ...known]);
}

function collectIn(all: Map<string, ReadElement[]>, name: string): (element: ReadElement) => void {
  const elements: ReadElement[] = [];
  all.set(name, elements);
  return (element) => void elements.push(element);
}

async function visitElements(ask: Ask, layout: Table, { family, sets }: Table, visitorOf: VisitorOf): Promise<void> {
  for (const [name, { key }] of layout.sets) {
    const set = sets.get(name);
    if (set === undefined || key.length === 0) continue;
    const visit = visitorOf(set);
    if (visit === undefined) continue;
    const read = elementReader(family, set);
    await ask(elementsRequest(family, name), (message) => {
      for (const element of read(message)) visit(element);
    });
  }
}
