import * as z from "zod";
import type { Connection } from "./connection.ts";
import { accepted, encodingOf } from "./encoding.ts";
import { KubeError } from "./error.ts";
import type { ItemSink } from "./item-reader.ts";
import { bodyParts } from "./request.ts";
import type { Resource } from "./resources.ts";
import { sendSelecting } from "./select.ts";

export type ListOptions = ItemSink & {
  /** Whether to get whole objects, or only what our decoders read. */
  readonly wants: keyof typeof accepted;
  /** Called when everything so far is invalid, and the list starts again. */
  readonly onRestart: () => void;
  /** As in the API: undefined for the newest state, "0" for any, a version for one that is not older. */
  readonly resourceVersion?: string | undefined;
  /** How many objects to ask for at a time. */
  readonly limit?: number | undefined;
  /** How long the server may be silent. */
  readonly silenceMs?: number;
  /** How many objects are too many. */
  readonly maxObjects?: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Reads all objects of a resource, page by page, and returns the resourceVersion at which a watch continues.
 *
 * Fills in apiVersion and kind, which items of a list lack. Throws a KubeError.
 */
export async function readList(connection: Connection, resource: Resource, options: ListOptions): Promise<string> {
  const { resourceVersion, limit, maxObjects = moreThanAnyClusterHas } = options;
  const limited = limit === undefined ? {} : { limit: String(limit) };
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  const seen = new Set<string>();
  let count = 0;
  let page = await readPage(connection, resource, { ...limited, ...version }, options);
  while (page.continue) {
    count += page.count;
    if (page.count === 0 || seen.has(page.continue) || count > maxObjects) {
      const what = `the list has no end: ${seen.size + 1} pages with ${count} objects do not lead to its end`;
      throw new KubeError(`cannot list ${resource.name} at ${connection.server}: ${what}`);
    }
    seen.add(page.continue);
    try {
      page = await readPage(connection, resource, { ...limited, continue: page.continue }, options);
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 410) throw error;
      // The server no longer has the state that the first page shows. Reading pages again would be too slow again.
      options.onRestart();
      page = await readPage(connection, resource, {}, options);
    }
  }
  return page.resourceVersion;
}

/** The longest that an API server lets a request take: an overloaded one answers by then. */
export const defaultSilenceMs = 60_000;

/** The longest that a whole answer may take. A server that works ends it before. */
const maxAnswerMs = 600_000;

const moreThanAnyClusterHas = 2_000_000;

// A lying server must not make our requests long.
const ListMetadata = z.object({
  resourceVersion: z.string().min(1).max(1024),
  continue: z.string().max(65_536).optional(),
});
const List = z.object({ metadata: ListMetadata });
type Page = z.infer<typeof ListMetadata> & { readonly count: number };

async function readPage(
  connection: Connection,
  resource: Resource,
  query: Readonly<Record<string, string>>,
  { onItem, onMalformed, wants, signal, silenceMs = defaultSilenceMs }: ListOptions,
): Promise<Page> {
  const { name, apiVersion, kind } = resource;
  const options = { accept: accepted[wants], signal, headersMs: silenceMs };
  const { request, response } = await sendSelecting(connection, "list", resource, query, options);
  let count = 0;
  const items = encodingOf(response).items(resource, {
    onItem(item) {
      count++;
      onItem(typeof item === "object" ? { apiVersion, kind, ...item } : item);
    },
    onMalformed(text) {
      count++;
      onMalformed(text);
    },
  });
  const patience = { all: maxAnswerMs, part: () => silenceMs };
  try {
    for await (const part of bodyParts(connection, request, response, patience)) items.push(part);
    return { ...List.parse(items.end()).metadata, count };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    const message = `cannot list ${name} at ${connection.server}: the answer is not a list of objects`;
    throw new KubeError(message, { cause: error });
  }
}
