import type { Family } from "../model/address.ts";
import { isOurs } from "./layout-dump.ts";
import { messageReader } from "./netlink.ts";

/** What a transaction of anybody touched: the families in which it changed our table. */
export type Generation = { readonly families: ReadonlySet<Family> };

/**
 * Finds the transactions in the kernel's nfnetlink notifications (NFNLGRP_NFTABLES): after the messages about what one
 * has changed, the kernel sends one about the new generation.
 *
 * Returns a function that takes the bytes as they come, in any pieces. Of each message it reads its type, its family and
 * one attribute, which for whatever belongs to a table is the table's name (linux/netfilter/nf_tables.h).
 */
export function generationReader(onGeneration: (generation: Generation) => void): (bytes: Uint8Array) => void {
  let families = new Set<Family>();
  return messageReader((message) => {
    if ((message.type & 255) === newGeneration) {
      onGeneration({ families });
      families = new Set();
    } else if (message.family !== undefined && isOurs(message)) families.add(message.family);
  });
}

const newGeneration = 15;
