import * as z from "zod";
import type { Problem } from "../model/problem.ts";
import { Unchecked } from "./part.ts";
import { partialAnswer } from "./partial-answer.ts";
import { quote, quoteField } from "./quote.ts";

/** A Kubernetes object or a list of them, as it came in, and where it was found; nothing is known about it. */
export type InputObject = { readonly object: unknown; readonly source?: NonNullable<Problem["source"]> };

/** An object that says what it is. */
export type KindedObject = InputObject & { readonly apiVersion: unknown; readonly kind: string };

type Pending = InputObject & { readonly field: string; readonly apiVersion?: unknown; readonly kind?: string };

const KindObject = z.object({ apiVersion: Unchecked, kind: Unchecked, metadata: Unchecked, items: Unchecked });

/** Whether a document says what it is, as every Kubernetes object does. */
export function hasKind(object: unknown): boolean {
  const { kind } = KindObject.safeParse(object).data ?? {};
  return typeof kind === "string" && kind !== "";
}

/** The objects of an input, with all lists taken apart. */
export type Flattened = {
  readonly objects: readonly KindedObject[];
  readonly problems: readonly Problem[];
  /** Why the input must not be taken for a whole cluster. */
  readonly errors: readonly Problem[];
  /** What kinds there are lists of without an item; `` for a List. */
  readonly emptyLists: ReadonlySet<string>;
};

/**
 * The objects of an input in its order, with lists taken apart: `List`, and `ServiceList` and the like, whose items need
 * not repeat what they are. Lists may be deep or hold themselves, as YAML's aliases allow: each is taken apart once.
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

/** Of lists that are deep in lists, the outer ones are enough to find an item. */
function itemField(list: string, index: number): string {
  if (list.length > 80) return list;
  return list === "" ? `items[${index}]` : `${list}.items[${index}]`;
}

/** What is said about an input, with the place where the input was found. */
export function withSource<T extends object>(
  value: T,
  { source }: { readonly source?: InputObject["source"] | undefined },
): T & Pick<InputObject, "source"> {
  return source === undefined ? value : { ...value, source };
}
