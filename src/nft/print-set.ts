import type { Family } from "../model/address.ts";
import { printField, printVerdict } from "./print-rule.ts";
import { type Element, type ElementTuple, type NamedSet, type SetField, tableName } from "./ruleset.ts";

export function setKind(set: NamedSet): "set" | "map" {
  return set.value === undefined ? "set" : "map";
}

/** The lines that declare a set, without its elements. */
export function setDeclaration(family: Family, set: NamedSet): readonly string[] {
  const fields = (parts: readonly SetField[]) => parts.map((part) => printField(family, part)).join(" . ");
  // nft 0.9.8, which may be installed on a host, crashes on verdict maps with a typeof.
  const types = set.key.map(({ kind }) => typeName(family, kind)).join(" . ");
  const lines =
    set.value === "verdict"
      ? [`type ${types} : verdict;`]
      : [`typeof ${fields(set.key)}${set.value === undefined ? "" : ` : ${fields(set.value)}`};`];
  if (set.flag !== undefined) lines.push(`flags ${set.flag === "dynamic" ? "dynamic,timeout" : set.flag};`);
  if (set.size !== undefined) lines.push(`size ${set.size};`);
  if (set.counter) lines.push("counter;");
  return lines;
}

function typeName(family: Family, kind: SetField["kind"]): string {
  switch (kind) {
    case "saddr":
    case "daddr":
      return family === "ip" ? "ipv4_addr" : "ipv6_addr";
    case "l4proto":
      return "inet_proto";
    case "dport":
      return "inet_service";
    case "slot":
      return "integer";
  }
}

/** An element's key as nft writes it, which is also its identity in its set. */
export function printTuple(tuple: ElementTuple): string {
  let text = String(tuple[0]);
  for (let index = 1; index < tuple.length; index++) text += ` . ${tuple[index]}`;
  return text;
}

export function printElement(set: Pick<NamedSet, "value">, element: Element): string {
  const value = printElementValue(element);
  if (value === undefined) return printTuple(element.key);
  const comment = verdictComment(set, element);
  return `${printTuple(element.key)}${comment === undefined ? "" : ` comment "${comment}"`} : ${value}`;
}

export function printElementValue(element: Element): string | undefined {
  if (element.value === undefined) return undefined;
  return "kind" in element.value ? printVerdict(element.value) : printTuple(element.value);
}

/**
 * The comment of an element of a verdict map in the kernel: its owner, for people who list the map.
 *
 * nft rejects comments of more than 128 bytes, and the whole transaction with them.
 */
export function verdictComment(set: Pick<NamedSet, "value">, { owner }: Element): string | undefined {
  if (set.value !== "verdict" || owner === undefined) return undefined;
  return owner.length <= 128 ? owner : `${owner.slice(0, 125)}...`;
}

/** The commands that add or delete elements, in batches that nft processes correctly. */
export function printElements(
  family: Family,
  action: "add" | "delete",
  set: NamedSet,
  elements: readonly Element[],
  print: (element: Element) => string,
): string {
  const size = batchSize(set);
  let text = "";
  for (let start = 0; start < elements.length; start += size) {
    const batch = elements.slice(start, start + size).map(print);
    text += `${action} element ${family} ${tableName} ${set.name} { ${batch.join(", ")} }\n`;
  }
  return text;
}

/**
 * The number of elements in one command. Large batches take nft a third less memory and time. But nft before 1.1.3
 * corrupts a network in a concatenation where a batch crosses from one netlink message into the next.
 */
export function batchSize(set: NamedSet): number {
  return set.flag === "interval" ? 100 : 10000;
}
