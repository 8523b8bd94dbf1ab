/** The items of a JSON list; none of what is no list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A property of a JSON object; undefined where there is none, or no object. */
export function property(value: unknown, name: string): unknown {
  return hasProperty(value, name) ? value[name] : undefined;
}

export function hasProperty<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> {
  return typeof value === "object" && value !== null && name in value;
}
