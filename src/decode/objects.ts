import * as z from "zod";
import type { Problem } from "../model/problem.ts";
import { Unchecked } from "./part.ts";
import { partialAnswer } from "./partial-answer.ts";
import { quote, quoteField } from "./quote.ts";

/** A Kubernetes object or a list of them, unchecked, and where it was found. */
export type InputObject = { readonly object: unknown; readonly source?: NonNullable<Problem["source"]> };

/** An object with a kind and an apiVersion. */
export type KindedObject = InputObject & { readonly apiVersion: unknown; readonly kind: string };

type Pending = InputObject & { readonly field: string; readonly apiVersion?: unknown; readonly kind?: string };

const KindObject = z.object({ apiVersion: Unchecked, kind: Unchecked, metadata: Unchecked, items: Unchecked });

/** Whether a document has a kind and an apiVersion, like every Kubernetes object. */
export function hasKind(object: unknown): boolean {
  const { kind } = KindObject.safeParse(object).data ?? {};
  return typeof kind === "string" && kind !== "";
}

/** The objects of an input, with all lists expanded. */
export type Flattened = {
  readonly objects: readonly KindedObject[];
  readonly problems: readonly Problem[];
  /** Why the input must not be treated as a whole cluster. */
  readonly errors: readonly Problem[];
  /** The kinds of the lists that have no items; `` for a List. */
  readonly emptyLists: ReadonlySet<string>;
};

/**
 * The objects of an input in order, with lists expanded: `List`, and `ServiceList` and the like, whose items need
 * not repeat their kind. Lists may be nested deeply or contain themselves, by YAML's aliases: each is expanded once.
 */
export function flattenLists(inputs: Iterable<InputObject>): Flattened {
  const objects: KindedObject[] = [];
  const problems: Problem[] = [];
  const errors: Problem[] = [];
  const emptyLists = new Set<string>();
  const seen = new Set<unknown>();
  const pending: Pending[] = [...inputs].map((input) => ({ ...input, field: "" })).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const read = KindObject.safeParse(next.object);
    const kind = read.success ? read.data.kind || next.kind : undefined;
    if (!read.success || typeof kind !== "string") {
      const wrong = read.success ? "has no kind" : `${quote(next.object)} is not a Kubernetes object`;
      problems.push(withSource({ object: "", field: next.field, message: `${wrong}; it is ignored` }, next));
      continue;
    }
    const { items } = read.data;
    const apiVersion = read.data.apiVersion || next.apiVersion;
    const error = partialAnswer(kind, apiVersion, next.object);
    if (error !== undefined) errors.push(withSource({ object: quoteField(kind), ...error }, next));
    else if (!kind.endsWith("List")) objects.push({ ...withSource({ object: next.object }, next), apiVersion, kind });
    else if (Array.isArray(items) && !seen.has(items)) {
      seen.add(items);
      const itemKind = kind.slice(0, -"List".length);
      if (items.length === 0) emptyLists.add(itemKind);
      const inherited = itemKind === "" ? {} : { apiVersion, kind: itemKind };
      for (let index = items.length - 1; index >= 0; index--) {
        pending.push(withSource({ object: items[index], field: itemField(next.field, index), ...inherited }, next));
      }
    } else if (!Array.isArray(items) && (items ?? undefined) !== undefined) {
      const message = `${quote(items)} is not a list; it is ignored`;
      problems.push(withSource({ object: quoteField(kind), field: "items", message }, next));
    }
  }
  return { objects, problems, errors, emptyLists };
}

/** In deeply nested lists, the outer ones are enough to find an item. */
function itemField(list: string, index: number): string {
  if (list.length > 80) return list;
  return list === "" ? `items[${index}]` : `${list}.items[${index}]`;
}

/** The problems of an input, with the place where the input was found. */
export function withSource<T extends object>(
  value: T,
  { source }: { readonly source?: InputObject["source"] | undefined },
): T & Pick<InputObject, "source"> {
  return source === undefined ? value : { ...value, source };
}
