import * as z from "zod";
import { quote, quoteField } from "./quote.ts";

/** Reports a problem at a field, such as `spec.ports[1].port`. */
export type Report = (field: string, message: string) => void;

/** The place of a part of an object, and the consequence if it cannot be read: `this port is not served`. */
export type Place = { readonly field: string; readonly otherwise?: string; readonly report: Report };

/** A part that is read separately, or only looked at, so that nothing else is lost if it is bad. */
export const Unchecked = z.unknown().optional();

/**
 * One part of an object as its schema reads it. If it cannot be read, that is reported; if it is missing or null,
 * as Go's encoder may write it, it is not reported.
 */
export function part<T>(schema: z.ZodType<T>, value: unknown, place: Place): T | undefined {
  const present = value ?? undefined;
  if (present === undefined) return undefined;
  const result = schema.safeParse(present, inWords);
  if (result.success) return result.data;
  reportIssues(result.error.issues, place);
  return undefined;
}

/**
 * Applies `use` to each item of a list that the schema can read. A bad item does not affect others. The result is a copy,
 * as an array that grew item by item has room for at least 17, and most lists are short.
 */
export function parts<T, R>(
  schema: z.ZodType<T>,
  value: unknown,
  place: Place,
  use: (item: T, index: number) => R | undefined,
): readonly R[] {
  const used: R[] = [];
  const items = part(List, value, { ...place, otherwise: "it is ignored" }) ?? [];
  for (let index = 0; index < items.length; index++) {
    const result = schema.safeParse(items[index], inWords);
    if (!result.success) {
      reportIssues(result.error.issues, { ...place, field: `${place.field}[${index}]` });
      continue;
    }
    const item = use(result.data, index);
    if (item !== undefined) used.push(item);
  }
  return used.slice();
}

/** A scalar as one of the model's constructors returns it; `wrong` says why the constructor rejects a value. */
export function scalar<T>(wrong: (value: unknown) => string, read: (value: unknown) => T | undefined): z.ZodType<T> {
  return Unchecked.transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    const missing = (value ?? undefined) === undefined;
    context.issues.push({ code: "custom", message: missing ? "is missing" : wrong(value), input: value });
    return z.NEVER;
  });
}

/** Describes a value that is not what it should be. */
export function isNot(what: string): (value: unknown) => string {
  return (value) => {
    const isTemplate = typeof value === "string" && value.includes("{{");
    return `${quote(value)} ${isTemplate ? "belongs to a template; render it first" : `is not ${what}`}`;
  };
}

const List = scalar<readonly unknown[]>(isNot("a list"), (value) => (Array.isArray(value) ? value : undefined));

const inWords = { error: issueInWords };

function reportIssues(issues: readonly z.core.$ZodIssue[], { field, otherwise, report }: Place): void {
  for (const { path, message } of issues) {
    report(fieldText(field, path), otherwise === undefined ? message : `${message}; ${otherwise}`);
  }
}

function fieldText(field: string, path: readonly PropertyKey[]): string {
  const keys = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${quoteField(String(key))}`)).join("");
  return field === "" ? keys.replace(/^\./, "") : `${field}${keys}`;
}

function issueInWords(issue: z.core.$ZodRawIssue): string {
  if ((issue.input ?? undefined) === undefined) return "is missing";
  if (issue.code === "too_small") return "is empty";
  return `${quote(issue.input)} is not ${wanted(issue)}`;
}

function wanted(issue: z.core.$ZodRawIssue): string {
  if (issue.code === "invalid_value") return `one of ${issue.values.join(", ")}`;
  if (issue.code !== "invalid_type") return "what is expected here";
  switch (issue.expected) {
    case "array":
      return "a list";
    case "boolean":
      return "true or false";
    case "int":
      return "a whole number";
    case "object":
      return "an object";
    default:
      return `a ${issue.expected}`;
  }
}
