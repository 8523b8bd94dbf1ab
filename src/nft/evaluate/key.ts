import { addressBytes } from "../../model/address.ts";
import { hashSeed } from "../print-rule.ts";
import type { Field, Key } from "../rule.ts";
import type { ElementTuple } from "../ruleset.ts";
import { jhashModulo } from "./jhash.ts";
import type { Walk } from "./walk.ts";

/** The number of equally likely values of a key for a packet: more than one if it contains random numbers. */
export function drawCount(key: Key, walk: Walk): number {
  let count = 1;
  for (const field of key) count *= draws(field, walk);
  return count;
}

/** A hash of a source port that is not known may be any number. */
function draws(field: Field, { sport }: Walk): number {
  if (field.kind === "jhashSaddr") return field.sport !== undefined && sport === undefined ? field.modulus : 1;
  return field.kind === "numgenRandom" ? field.modulus : 1;
}

/** One of the possible values of a key; undefined if the packet lacks a part of it. */
export function keyOf(key: Key, walk: Walk, draw: number): ElementTuple | undefined {
  const tuple: (string | number)[] = [];
  let rest = draw;
  for (const field of key) {
    const value = fieldOf(field, walk, rest);
    if (value === undefined) return undefined;
    tuple.push(value);
    rest = Math.floor(rest / draws(field, walk));
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
      return field.offset + hashOf(field, walk, draw);
  }
}

function hashOf(
  { sport: protocol, seed, modulus }: Extract<Field, { kind: "jhashSaddr" }>,
  { saddr, sport }: Walk,
  draw: number,
): number {
  if (protocol !== undefined && sport === undefined) return draw % modulus;
  // The kernel loads a port into a register of four bytes.
  const port = protocol === undefined || sport === undefined ? [] : [sport >> 8, sport & 255, 0, 0];
  return jhashModulo([...(addressBytes(saddr) ?? []), ...port], hashSeed + seed, modulus);
}
