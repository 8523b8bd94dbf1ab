import { type Family, families } from "../model/address.ts";
import type { Element, NamedSet } from "../nft/ruleset.ts";
import { elementReader, isReadable } from "./element-dump.ts";
import { isOurs } from "./layout-dump.ts";
import { attribute, type Message, messageReader, textOf } from "./message.ts";

/** What a transaction of anybody changed, in the families where it changed our table. */
export type Generation = ReadonlyMap<Family, TableChange>;

/** What became of our table. */
export type TableChange = {
  /** The elements that came and went, in their order. */
  readonly elements: readonly ElementEvent[];
  /** The sets of which more is unknown: they came or went themselves, or had more events than need be told. */
  readonly sets: ReadonlySet<string> | "all";
  /** Whether there was more to it: rules, chains, or the table. */
  readonly structure: boolean;
};

export type ElementEvent = { readonly set: string; readonly element: Element; readonly isThere: boolean };

export const noChange: TableChange = { elements: [], sets: new Set(), structure: false };
export const anyChange: TableChange = { elements: [], sets: "all", structure: true };

/** A change and the one after it. */
export function together(first: TableChange, second: TableChange): TableChange {
  const elements = [...first.elements, ...second.elements];
  const structure = first.structure || second.structure;
  if (first.sets === "all" || second.sets === "all") return { elements: [], sets: "all", structure };
  const sets = new Set([...first.sets, ...second.sets]);
  if (elements.length <= mostEvents) return { elements, sets, structure };
  return { elements: [], sets: new Set([...sets, ...elements.map(({ set }) => set)]), structure };
}

/**
 * Finds the transactions in the kernel's nfnetlink notifications (NFNLGRP_NFTABLES): after the messages about what one
 * has changed, the kernel sends one about the new generation. Returns a function that takes the bytes as they come, in
 * any pieces.
 *
 * @param sets those that our tables may have; their elements do not matter
 */
export function generationReader(
  sets: Iterable<NamedSet>,
  onGeneration: (generation: Generation) => void,
): (bytes: Uint8Array) => void {
  const byName = new Map(Array.from(sets, (set) => [set.name, { ...set, elements: [] }]));
  const changes = { ip: new ChangeReader("ip", byName), ip6: new ChangeReader("ip6", byName) };
  return messageReader((message) => {
    if ((message.type & 255) === newGeneration) {
      const generation = new Map<Family, TableChange>();
      for (const family of families) {
        const change = changes[family].take();
        if (change !== undefined) generation.set(family, change);
      }
      onGeneration(generation);
    } else if (message.family !== undefined && isOurs(message)) changes[message.family].read(message);
  });
}

type Gathered = { elements: ElementEvent[]; readonly sets: Set<string>; structure: boolean };

/** Gathers what messages say of one table. */
class ChangeReader {
  readonly #family: Family;
  readonly #known: ReadonlyMap<string, NamedSet>;
  readonly #readers = new Map<string, (message: Message) => readonly Element[]>();
  /** Undefined where there was nothing since `take`. */
  #change: Gathered | undefined;

  constructor(family: Family, known: ReadonlyMap<string, NamedSet>) {
    this.#family = family;
    this.#known = known;
  }

  /** What there was since this was asked before; undefined for nothing. */
  take(): TableChange | undefined {
    const change = this.#change;
    this.#change = undefined;
    return change;
  }

  read(message: Message): void {
    this.#change ??= { elements: [], sets: new Set(), structure: false };
    const type = message.type & 255;
    const isElement = elementTypes.has(type);
    const name =
      isElement || setTypes.has(type)
        ? textOf(message.view, attribute(message.view, message, setAttribute))
        : undefined;
    const set = name === undefined ? undefined : this.#known.get(name);
    // A set that is not ours is seen in the layout, and goes.
    if (set === undefined) this.#change.structure = true;
    else if (!isElement || !(isReadable(set) || set.flag === "dynamic")) this.#change.sets.add(set.name);
    // What packets put into a map is theirs. And a start has hundreds of thousands of elements that need not be told.
    else if (set.flag !== "dynamic" && !this.#change.sets.has(set.name)) {
      this.#readElements(this.#change, set, message, type === newElement);
    }
  }

  #readElements(change: Gathered, set: NamedSet, message: Message, isThere: boolean): void {
    const read = this.#readers.get(set.name) ?? elementReader(this.#family, set);
    this.#readers.set(set.name, read);
    try {
      for (const element of read(message)) change.elements.push({ set: set.name, element, isThere });
    } catch (error) {
      // Somebody has a set of that name with elements of another kind.
      if (!(error instanceof RangeError)) throw error;
      change.sets.add(set.name);
    }
    if (change.elements.length <= mostEvents) return;
    for (const event of change.elements) change.sets.add(event.set);
    change.elements = [];
  }
}

/** What costs about as much as to read the sets that it is about. */
const mostEvents = 2000;

const setAttribute = 2;

/** enum nf_tables_msg_types (linux/netfilter/nf_tables.h) */
const newElement = 12;
const newGeneration = 15;
const setTypes: ReadonlySet<number> = new Set([9, 11]);
const elementTypes: ReadonlySet<number> = new Set([newElement, 14]);
