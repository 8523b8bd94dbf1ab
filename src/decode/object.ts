import * as z from "zod";
import type { Problem } from "../model/problem.ts";
import { part, type Report, Unchecked } from "./part.ts";
import { quote } from "./quote.ts";
import { DNSLabel } from "./scalars.ts";

/** The result of decoding an object: nothing if this proxy does not serve it, whether that is a problem or not. */
export type Decoded<T> = { readonly value: T | undefined; readonly problems: readonly Problem[] };

/** What the metadata of an object says about its identity; unchecked. */
export type Identity = { readonly namespace: unknown; readonly name: unknown };

/**
 * Reads an object whose metadata is as Kubernetes requires it, and collects its problems.
 *
 * Names appear in comments of the ruleset, so an object with a name that Kubernetes would reject gives no value.
 */
export function decodeObject<O, T>(
  kind: string,
  schema: z.ZodType<O>,
  object: unknown,
  read: (object: O, report: Report) => T | undefined,
): Decoded<T> {
  const problems: Problem[] = [];
  const report = (field: string, message: string) =>
    problems.push({ object: objectText(kind, object), field, message });
  const place = { field: "", otherwise: "this object is ignored", report };
  const outer = part(schema, object ?? "", place);
  return { value: outer && read(outer, report), problems };
}

/** The metadata of a namespaced kind: its name as `name` reads it, and the namespace `default` if it has none. */
export function namespacedMetadata(name: z.ZodType<string>) {
  return z.object({
    name,
    namespace: Namespace,
    uid: Unchecked,
    generation: Unchecked,
    creationTimestamp: Unchecked,
    labels: Unchecked,
    annotations: Unchecked,
  });
}

/** The metadata of a kind without namespaces. */
export function clusterMetadata(name: z.ZodType<string>) {
  return z.object({ name, labels: Unchecked, deletionTimestamp: Unchecked });
}

const Namespace = z.preprocess((namespace) => namespace || "default", DNSLabel);

const Named = z.object({ metadata: z.object({ namespace: Unchecked, name: Unchecked }) });

export function identity(object: unknown): Identity {
  const named = Named.safeParse(object);
  if (!named.success) return { namespace: undefined, name: undefined };
  return { namespace: named.data.metadata.namespace || undefined, name: named.data.metadata.name || undefined };
}

const kindsWithoutNamespace: ReadonlySet<string> = new Set(["Node", "ServiceCIDR"]);

/** `Service default/web` or `Node worker-1`. Invalid names are quoted. */
export function objectText(kind: string, object: unknown): string {
  const { namespace, name } = identity(object);
  if (name === undefined) return kind;
  if (kindsWithoutNamespace.has(kind)) return `${kind} ${nameText(name)}`;
  return `${kind} ${nameText(namespace ?? "default")}/${nameText(name)}`;
}

function nameText(name: unknown): string {
  return typeof name === "string" && /^[-.a-z0-9]{1,253}$/.test(name) ? name : quote(name);
}
