import { CORE_SCHEMA, loadAll, mergeTag, NOT_RESOLVED, nullCoreTag, YAMLException } from "js-yaml";
import { printable } from "../decode/quote.ts";

/** What a text holds: its documents, and what a strict reader would not have let pass. Without documents it is none. */
export type Parsed = { readonly documents: readonly unknown[] | undefined; readonly complaint: string | undefined };

/**
 * The documents of a text in YAML or JSON. Nulls count as missing, as in Go. Where a key is there twice, which a strict
 * reader refuses, the later one counts.
 */
export function parseLeniently(text: string): Parsed {
  try {
    return { documents: loadAll(text, options), complaint: undefined };
  } catch (strict) {
    try {
      return { documents: loadAll(text, { ...options, json: true }), complaint: inWords(strict) };
    } catch (error) {
      return { documents: undefined, complaint: inWords(error) };
    }
  }
}

const missingTag = {
  ...nullCoreTag,
  resolve(source: string, isExplicit: boolean, tagName: string) {
    return nullCoreTag.resolve(source, isExplicit, tagName) === NOT_RESOLVED ? NOT_RESOLVED : undefined;
  },
};

const options = { schema: CORE_SCHEMA.withTags(missingTag, mergeTag), maxAliases: 100 };

function inWords(error: unknown): string {
  if (!(error instanceof YAMLException)) return printable(String(error));
  const line = error.mark === undefined ? "" : `line ${error.mark.line + 1}: `;
  return `${line}${printable(error.reason)}`;
}
