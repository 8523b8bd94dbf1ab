import { filledBy, isRefusalSet, setDeclarations } from "../../compile/lower/nftables/sets.ts";
import { compareText } from "../../model/service.ts";
import { isReadable } from "../../netlink/element-dump.ts";
import { type Listing, parseListing } from "../../nft/listing.ts";
import { printTransactions } from "../../nft/print-transaction.ts";
import { type Element, type ElementTuple, type NamedSet, type Table, tableName } from "../../nft/ruleset.ts";
import { diffTables, type KnownTable, withSpares } from "../../nft/transaction.ts";
import { readKnown } from "./known-table.ts";
import { listSet, listTable, runApart } from "./nft.ts";

/**
 * Our table in the kernel, with its rules; undefined if there is none.
 *
 * Elements are read as the agent reads them, because nft's output depends on the host. A chain that is as desired is
 * returned as the desired object. To find out, the desired chains are loaded in a temporary network namespace, and the two
 * listings are compared, because nft does not list rules as they were written.
 */
export async function readTable(table: Table): Promise<KnownTable | undefined> {
  const desired = withSpares(table);
  const { family } = desired;
  const text = await listTable(family, tableName);
  const counters = [...desired.sets.values()].some(({ name, counter }) => counter === true || isRefusalSet(name));
  const known = await readKnown(declared(desired, counters));
  if (text === undefined || known === undefined) return undefined;
  const [listing, wanted] = [parseListing(text), await listApart(desired)];
  const sets = new Map(known.sets);
  const unread = new Set<string>();
  const otherwise = [...known.unread].some((name) => filledBy(name) === "frontend")
    ? await readKnown(declared(desired, !counters))
    : undefined;
  for (const name of known.unread) {
    const set = sets.get(name);
    const other = otherwise?.unread.has(name) === false ? otherwise.sets.get(name) : undefined;
    if (other !== undefined) sets.set(name, other);
    else if (set?.flag === "dynamic") continue;
    else if (set?.key.length === 1 && !isReadable(set))
      sets.set(name, { ...set, elements: await listSet(family, name) });
    else unread.add(name);
  }
  const chains = [...known.chains].map(([name, chain]) => {
    const isAsDesired = listing.chains.get(name) === wanted.chains.get(name);
    return [name, (isAsDesired && desired.chains.get(name)) || chain] as const;
  });
  for (const [name, set] of sets) sets.set(name, { ...set, elements: inOrder(set.elements, desired.sets.get(name)) });
  return { family, sets, chains: new Map(chains), unread };
}

/** The kernel returns elements in any order. Here, those that are as desired come first, in the desired order. */
function inOrder(elements: readonly Element[], desired: NamedSet | undefined): readonly Element[] {
  const others = new Set(elements);
  const expected = desired?.elements.filter((element) => others.delete(element)) ?? [];
  return [...expected, ...[...others].sort((a, b) => compareTuples(a.key, b.key))];
}

function compareTuples(a: ElementTuple, b: ElementTuple): number {
  const index = a.findIndex((part, position) => part !== b[position]);
  const [first = "", second = ""] = [a[index], b[index]];
  return typeof first === "number" && typeof second === "number"
    ? first - second
    : compareText(String(first), String(second));
}

/** Every set that there may be, with its desired elements. */
function declared({ family, sets }: Table, counters: boolean): Table {
  const all = setDeclarations(counters).map((set): [string, NamedSet] => [
    set.name,
    { ...set, elements: sets.get(set.name)?.elements ?? [] },
  ]);
  return { family, sets: new Map(all), chains: new Map() };
}

/** The listing that a table would have, without elements. */
async function listApart(table: Table): Promise<Listing> {
  const sets = [...table.sets].map(([name, set]) => [name, { ...set, elements: [] }] as const);
  const text = printTransactions([diffTables(undefined, { ...table, sets: new Map(sets) })]);
  return parseListing(await runApart(`nft -f - && nft -y -t list table ${table.family} ${tableName}`, text));
}
