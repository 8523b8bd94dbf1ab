import type { Family } from "../model/address.ts";
import { tableName } from "./ruleset.ts";

/** What a transaction of anybody touched: the families in which it changed our table. */
export type Generation = { readonly families: ReadonlySet<Family> };

/**
 * Finds the transactions in the kernel's nfnetlink notifications (NFNLGRP_NFTABLES): after the messages about what one
 * has changed, the kernel sends one about the new generation.
 *
 * Returns a function that takes the bytes as they come, in any pieces. Of each message it reads its type, its family and
 * its first attribute, which for whatever belongs to a table is the table's name (linux/netfilter/nf_tables.h).
 */
export function generationReader(onGeneration: (generation: Generation) => void): (bytes: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array(0);
  let families = new Set<Family>();
  return (bytes) => {
    const data = rest.length === 0 ? bytes : joined(rest, bytes);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let offset = 0;
    while (offset + headerLength <= data.length) {
      const length = view.getUint32(offset, true);
      if (length < headerLength) throw new RangeError("not a netlink message");
      if (offset + aligned(length) > data.length) break;
      if (view.getUint8(offset + 4) === newGeneration) {
        onGeneration({ families });
        families = new Set();
      } else if (isAboutOurTable(view, offset, length)) {
        const family = familyNumbers.get(view.getUint8(offset + 16));
        if (family !== undefined) families.add(family);
      }
      offset += aligned(length);
    }
    rest = data.slice(offset);
  };
}

/** struct nlmsghdr and struct nfgenmsg. */
const headerLength = 20;
const newGeneration = 15;
const familyNumbers: ReadonlyMap<number, Family> = new Map([
  [2, "ip"],
  [10, "ip6"],
]);
const nameBytes = [...tableName, "\0"].map((character) => character.charCodeAt(0));

function isAboutOurTable(view: DataView, offset: number, length: number): boolean {
  const attribute = offset + headerLength;
  if (attribute + 4 + nameBytes.length > offset + length) return false;
  const isName = view.getUint16(attribute + 2, true) === 1 && view.getUint16(attribute, true) === 4 + nameBytes.length;
  return isName && nameBytes.every((byte, index) => view.getUint8(attribute + 4 + index) === byte);
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
