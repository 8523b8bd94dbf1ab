import { boolYaml11Tag, CORE_SCHEMA, loadAll, mergeTag, NOT_RESOLVED, nullCoreTag, YAMLException } from "js-yaml";
import { printable } from "../decode/quote.ts";

/** The documents of a text, and what a strict parser would have rejected. `documents` is undefined if it is not YAML. */
export type Parsed = { readonly documents: readonly unknown[] | undefined; readonly complaint: string | undefined };

/**
 * The documents of a text in YAML or JSON. Nulls count as missing, as in Go, and `yes`, `off` and the like are booleans,
 * as in YAML 1.1. If a key is given twice, which a strict parser rejects, the later one counts.
 */
export function parseLeniently(given: string): Parsed {
  const text = withoutByteOrderMarks(given);
  try {
    return { documents: loadAll(text, options), complaint: undefined };
  } catch (strict) {
    try {
      return { documents: loadAll(text, { ...options, json: true }), complaint: yamlProblem(strict, text) };
    } catch (error) {
      return { documents: undefined, complaint: yamlProblem(error, text) };
    }
  }
}

/** Windows programs start files with one. In concatenated files, it comes before a document or a comment. */
export function withoutByteOrderMarks(text: string): string {
  return text.includes("\ufeff") ? text.replaceAll(/^\ufeff+/gm, "") : text;
}

/** Why a text is not YAML, with the line; `firstLine` is the line at which it starts, counted from 0. */
export function yamlProblem(error: unknown, text: string, firstLine = 0): string {
  if (!(error instanceof YAMLException)) return printable(String(error));
  // js-yaml does not report the place of an invalid key.
  const isKey = error.reason.includes("complex keys");
  const lines = text.split("\n").slice(0, error.mark && !isKey ? error.mark.line + 1 : undefined);
  const template = lines.findLastIndex((line) => /^[^#]*\{\{/.test(line));
  if (template >= 0) return `line ${firstLine + template + 1}: "{{" belongs to a template; render it first`;
  const line = error.mark === undefined ? "" : `line ${firstLine + error.mark.line + 1}: `;
  return `${line}${printable(error.reason)}`;
}

const missingTag = {
  ...nullCoreTag,
  resolve(source: string, isExplicit: boolean, tagName: string) {
    return nullCoreTag.resolve(source, isExplicit, tagName) === NOT_RESOLVED ? NOT_RESOLVED : undefined;
  },
};

const options = { schema: CORE_SCHEMA.withTags(missingTag, mergeTag, boolYaml11Tag), maxAliases: 100 };
