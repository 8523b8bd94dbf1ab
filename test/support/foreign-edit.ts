import { type Alteration, type ElementEvent, noAlteration } from "../../src/netlink/alteration.ts";
import { isReadable } from "../../src/netlink/element-dump.ts";
import type { Element, Table } from "../../src/nft/ruleset.ts";
import type { Command } from "../../src/nft/transaction.ts";
import type { FakeKernel } from "./fake-kernel.ts";

/** A foreign change of one element, or of one chain; `which` numbers the existing ones. */
export type Edit = { readonly what: (typeof editKinds)[number]; readonly which: number };

export const editKinds = ["delete", "replace", "add", "flush set", "flush chain"] as const;

/** Executes it, and returns what the kernel would report. */
export function edit(kernel: FakeKernel, { what, which }: Edit): Alteration | undefined {
  const table = kernel.table("ip");
  const { commands, alteration } = (table && editCommands(table, what, which)) ?? {};
  if (commands === undefined || alteration === undefined) return undefined;
  kernel.commit([{ family: "ip", commands }]);
  return alteration;
}

function editCommands(
  table: Table,
  what: Edit["what"],
  which: number,
): { readonly commands: readonly Command[]; readonly alteration: Alteration } | undefined {
  if (what === "flush chain") {
    const chains = [...table.chains.values()];
    const chain = chains[which % chains.length];
    return chain && { commands: [{ kind: "flushChain", chain }], alteration: { ...noAlteration, structure: true } };
  }
  const places = [...table.sets.values()]
    .filter(isReadable)
    .flatMap((set) => set.elements.map((element, index) => ({ set, element, index })));
  const { set, element, index } = places[which % places.length] ?? {};
  if (set === undefined || element === undefined || index === undefined) return undefined;
  if (what === "flush set") {
    return { commands: [{ kind: "flushSet", set }], alteration: { ...noAlteration, sets: new Set([set.name]) } };
  }
  const event = (changed: Element, isThere: boolean): ElementEvent => ({ set: set.name, element: changed, isThere });
  const without: Command = { kind: "deleteElements", set, elements: [element] };
  const withElement = (added: Element): Command => ({ kind: "addElements", set, elements: [added] });
  const value = set.elements[(index + 1) % set.elements.length]?.value;
  const other = { ...element, ...(value === undefined ? {} : { value }) };
  const another = { ...other, key: element.key.map((part) => (typeof part === "number" ? part + 1000 : part)) };
  const elements: Readonly<Record<typeof what, readonly ElementEvent[]>> = {
    delete: [event(element, false)],
    replace: [event(element, false), event(other, true)],
    add: [event(another, true)],
  };
  const commands: Readonly<Record<typeof what, readonly Command[]>> = {
    delete: [without],
    replace: [without, withElement(other)],
    add: set.elements.some(({ key }) => `${key}` === `${another.key}`) ? [] : [withElement(another)],
  };
  return { commands: commands[what], alteration: { ...noAlteration, elements: elements[what] } };
}
