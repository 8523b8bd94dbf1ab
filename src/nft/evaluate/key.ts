import { addressBytes } from "../../model/address.ts";
import { hashSeed } from "../print-rule.ts";
import type { Field, Key } from "../rule.ts";
import type { ElementTuple } from "../ruleset.ts";
import { jhashModulo } from "./jhash.ts";
import type { Walk } from "./walk.ts";

/** The number of equally likely values of a key for a packet: more than one if it contains random numbers. */
export function drawCount(key: Key): number {
  let count = 1;
  for (const field of key) if (field.kind === "numgenRandom") count *= field.modulus;
  return count;
}

/** One of the possible values of a key; undefined if the packet lacks a part of it. */
export function keyOf(key: Key, walk: Walk, draw: number): ElementTuple | undefined {
  const tuple: (string | number)[] = [];
  let rest = draw;
  for (const field of key) {
    const value = fieldOf(field, walk, rest);
    if (value === undefined) return undefined;
    tuple.push(value);
    if (field.kind === "numgenRandom") rest = Math.floor(rest / field.modulus);
  }
  return tuple;
}

function fieldOf(field: Field, walk: Walk, draw: number): string | number | undefined {
  switch (field.kind) {
    case "saddr":
      return walk.saddr;
    case "daddr":
      return walk.daddr;
    case "l4proto":
      return walk.protocol;
    case "dport":
      return field.protocol === undefined || field.protocol === walk.protocol ? walk.dport : undefined;
    case "ctOriginalDaddr":
      return walk.original?.address;
    case "ctOriginalDport":
      return walk.original?.port;
    case "numgenRandom":
      return field.offset + (draw % field.modulus);
    case "jhashSaddr":
      return field.offset + jhashModulo(addressBytes(walk.saddr) ?? [], hashSeed + field.seed, field.modulus);
  }
}
