import { addressBytes, addressOfBytes, type Family } from "../model/address.ts";
import type { ElementTuple, SetField } from "../nft/ruleset.ts";
import type { Attribute } from "./message.ts";

/** Each part of a concatenation starts at a multiple of four bytes. */
export function tuple(view: DataView, { start }: Attribute, family: Family, fields: readonly SetField[]): ElementTuple {
  let offset = start;
  return fields.map((field) => {
    const at = offset;
    offset += width(family, field);
    return tuplePart(view, at, family, field);
  });
}

export function tupleLength(family: Family, fields: readonly SetField[]): number {
  return fields.reduce((sum, field) => sum + width(family, field), 0);
}

function width(family: Family, { kind }: SetField): number {
  return (kind === "saddr" || kind === "daddr") && family === "ip6" ? 16 : 4;
}

function tuplePart(view: DataView, at: number, family: Family, { kind }: SetField): string | number {
  switch (kind) {
    case "saddr":
    case "daddr":
      return addressText(view, at, family);
    case "l4proto":
      return protocolNames.get(view.getUint8(at)) ?? view.getUint8(at);
    case "dport":
      return view.getUint16(at);
    case "slot":
      return view.getUint32(at, true);
  }
}

/** The inverse of `tuple`. */
export function writeTuple(
  view: DataView,
  start: number,
  family: Family,
  fields: readonly SetField[],
  tuple: ElementTuple,
): void {
  let offset = start;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index];
    if (field === undefined) continue;
    writePart(view, offset, field, tuple[index]);
    offset += width(family, field);
  }
}

function writePart(view: DataView, at: number, { kind }: SetField, part: string | number | undefined): void {
  switch (kind) {
    case "saddr":
    case "daddr":
      for (const [index, byte] of (addressBytes(String(part)) ?? []).entries()) view.setUint8(at + index, byte);
      return;
    case "l4proto":
      view.setUint8(at, protocolNumbers.get(part) ?? 0);
      return;
    case "dport":
      view.setUint16(at, Number(part));
      return;
    case "slot":
      view.setUint32(at, Number(part), true);
  }
}

function addressText(view: DataView, at: number, family: Family): string {
  if (family === "ip") {
    return `${view.getUint8(at)}.${view.getUint8(at + 1)}.${view.getUint8(at + 2)}.${view.getUint8(at + 3)}`;
  }
  return addressOfBytes(Array.from({ length: 16 }, (_, index) => view.getUint8(at + index)));
}

const protocolNames: ReadonlyMap<number, string> = new Map([
  [6, "tcp"],
  [17, "udp"],
  [132, "sctp"],
]);
const protocolNumbers = new Map<unknown, number>([...protocolNames].map(([number, name]) => [name, number]));
