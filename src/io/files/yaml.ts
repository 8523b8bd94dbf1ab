import { CORE_SCHEMA, floatJsonTag, intJsonTag, loadAll, mergeTag } from "js-yaml";
import { withoutByteOrderMarks, yamlProblem } from "../../config/yaml.ts";

/** A document of a text, with its number from 1. Empty documents are counted, but left out. */
export type TextDocument = { readonly document: number; readonly object: unknown };

/** Why a document of a text could not be read. */
export type TextProblem = { readonly document: number; readonly message: string };

export type Documents = { readonly documents: readonly TextDocument[]; readonly problems: readonly TextProblem[] };

/**
 * The documents of a text in YAML or JSON. One that cannot be read does not affect the others.
 *
 * Timestamps stay texts. So do numbers like 0080, 0o17 and 0x50, which versions of YAML read differently: code that
 * expects a number then reports what is wrong.
 */
export function parseDocuments(given: string): Documents {
  const text = withoutByteOrderMarks(given);
  const value = /^\s*[{[]/.test(text) ? parseJSON(text) : undefined;
  if (value) return { documents: [{ document: 1, object: value.object }], problems: [] };
  try {
    return { documents: numbered(parseYAML(text), 1), problems: [] };
  } catch {
    return parseEach(text);
  }
}

/** Aliases let a small text cause much work. Nobody writes more than 1,000 of them. */
const options = { schema: CORE_SCHEMA.withTags(intJsonTag, floatJsonTag, mergeTag), maxAliases: 1000 };

function parseYAML(text: string): readonly unknown[] {
  return loadAll(text, options);
}

function parseJSON(text: string): { readonly object: unknown } | undefined {
  try {
    return { object: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Reads documents one by one. No document can contain a line that starts with `---`, so it is safe to split there. */
function parseEach(text: string): Documents {
  const documents: TextDocument[] = [];
  const problems: TextProblem[] = [];
  let document = 1;
  let firstLine = 0;
  for (const chunk of text.split(/^(?=---(?:\s|$))/m)) {
    const read = parseChunk(chunk, firstLine);
    firstLine += chunk.split("\n").length - 1;
    if (typeof read === "string") {
      problems.push({ document, message: read });
      document += 1;
    } else {
      documents.push(...numbered(read, document));
      document += read.length;
    }
  }
  return { documents, problems };
}

/** The documents in a part of a text, or why they cannot be read. */
function parseChunk(chunk: string, firstLine: number): readonly unknown[] | string {
  if (chunk.split("\n").every((line) => /^\s*(?:[#%].*)?$/.test(line))) return [];
  const stream = /^(?:---)?\s*\{/.test(chunk) ? parseJSONStream(chunk.replace(/^---/, "")) : undefined;
  if (stream) return stream;
  try {
    return parseYAML(chunk);
  } catch (error) {
    return `${yamlProblem(error, chunk, firstLine)}; this document is ignored`;
  }
}

/** Concatenated JSON objects, as programs append them to a file; undefined if it is anything else. */
function parseJSONStream(text: string): readonly unknown[] | undefined {
  const values: unknown[] = [];
  let start = 0;
  let depth = 0;
  for (const { index, 0: token } of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]]/g)) {
    if (token === "{" || token === "[") depth += 1;
    else if (token === "}" || token === "]") depth -= 1;
    if (depth !== 0 || token.startsWith('"')) continue;
    // A byte order mark is white space to trim, and none to JSON.
    const value = parseJSON(text.slice(start, index + 1).trim());
    if (!value) return undefined;
    values.push(value.object);
    start = index + 1;
  }
  return /^\s*$/.test(text.slice(start)) ? values : undefined;
}

function numbered(objects: readonly unknown[], first: number): readonly TextDocument[] {
  return objects
    .map((object, index) => ({ document: first + index, object: object ?? undefined }))
    .filter(({ object }) => object !== undefined);
}
