import { type Family, families } from "../model/address.ts";
import type { Element, NamedSet } from "../nft/ruleset.ts";
import { type Alteration, type ElementEvent, mostEvents } from "./alteration.ts";
import { elementReader, isReadable } from "./element-dump.ts";
import { isOurs } from "./layout-dump.ts";
import { attribute, type Message, messageReader, textOf, uint32Of } from "./message.ts";

/** A transaction of any program: its sender, and what it changed in our tables, by family. */
export type Generation = { readonly sender: Sender; readonly alterations: ReadonlyMap<Family, Alteration> };

/** The sender of a transaction. */
export type Sender = {
  /** Of the netlink socket: the pid of its process, or, if another socket has that number, a number above all pids. */
  readonly port: number;
  /** The process's pid on the host, and the first 15 bytes of its program's name. */
  readonly pid: number;
  readonly program: string;
};

/**
 * Finds transactions in the kernel's nfnetlink notifications (NFNLGRP_NFTABLES): after the messages about the changes of a
 * transaction, the kernel sends one about the new generation. Returns a function that takes the bytes in pieces of any
 * size.
 *
 * @param sets the possible sets of our tables; their elements do not matter
 */
export function generationReader(
  sets: Iterable<NamedSet>,
  onGeneration: (generation: Generation) => void,
): (bytes: Uint8Array) => void {
  const byName = new Map(Array.from(sets, (set) => [set.name, { ...set, elements: [] }]));
  const readers = { ip: new AlterationReader("ip", byName), ip6: new AlterationReader("ip6", byName) };
  return messageReader((message) => {
    if ((message.type & 255) === newGeneration) {
      const alterations = new Map<Family, Alteration>();
      for (const family of families) {
        const alteration = readers[family].take();
        if (alteration !== undefined) alterations.set(family, alteration);
      }
      onGeneration({ sender: senderOf(message), alterations });
    } else if (message.family !== undefined && isOurs(message)) readers[message.family].read(message);
  });
}

function senderOf(message: Message): Sender {
  const { port, view } = message;
  const program = textOf(view, attribute(view, message, programAttribute));
  return { port, pid: uint32Of(view, attribute(view, message, pidAttribute)) ?? 0, program };
}

type Gathered = { elements: ElementEvent[]; readonly sets: Set<string>; structure: boolean };

/** Collects what messages say about one table. */
class AlterationReader {
  readonly #family: Family;
  readonly #known: ReadonlyMap<string, NamedSet>;
  readonly #readers = new Map<string, (message: Message) => readonly Element[]>();
  /** Undefined if there was nothing since `take`. */
  #gathered: Gathered | undefined;

  constructor(family: Family, known: ReadonlyMap<string, NamedSet>) {
    this.#family = family;
    this.#known = known;
  }

  /** The changes since the last call; undefined if there were none. */
  take(): Alteration | undefined {
    const gathered = this.#gathered;
    this.#gathered = undefined;
    return gathered;
  }

  read(message: Message): void {
    this.#gathered ??= { elements: [], sets: new Set(), structure: false };
    const type = message.type & 255;
    const isElement = elementTypes.has(type);
    const name =
      isElement || setTypes.has(type)
        ? textOf(message.view, attribute(message.view, message, setAttribute))
        : undefined;
    const set = name === undefined ? undefined : this.#known.get(name);
    // A set that is not ours shows in the layout, and is deleted.
    if (set === undefined) this.#gathered.structure = true;
    else if (!isElement || !(isReadable(set) || set.flag === "dynamic")) this.#gathered.sets.add(set.name);
    // Elements that packets add are not ours. At the start, there are also hundreds of thousands that need no
    // notification.
    else if (set.flag !== "dynamic" && !this.#gathered.sets.has(set.name)) {
      this.#readElements(this.#gathered, set, message, type === newElement);
    }
  }

  #readElements(gathered: Gathered, set: NamedSet, message: Message, isThere: boolean): void {
    const read = this.#readers.get(set.name) ?? elementReader(this.#family, set);
    this.#readers.set(set.name, read);
    try {
      for (const element of read(message)) gathered.elements.push({ set: set.name, element, isThere });
    } catch (error) {
      // Another program created a set of that name with another type of elements.
      if (!(error instanceof RangeError)) throw error;
      gathered.sets.add(set.name);
    }
    if (gathered.elements.length <= mostEvents) return;
    for (const event of gathered.elements) gathered.sets.add(event.set);
    gathered.elements = [];
  }
}

const setAttribute = 2;
/** NFTA_GEN_PROC_PID, NFTA_GEN_PROC_NAME */
const pidAttribute = 2;
const programAttribute = 3;

/** enum nf_tables_msg_types (linux/netfilter/nf_tables.h) */
const newElement = 12;
const newGeneration = 15;
const setTypes: ReadonlySet<number> = new Set([9, 11]);
const elementTypes: ReadonlySet<number> = new Set([newElement, 14]);
