/** The items of a JSON list; none if it is not a list. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A property of a JSON object; undefined if it is missing, or if this is not an object. */
export function property(value: unknown, name: string): unknown {
  return hasProperty(value, name) ? value[name] : undefined;
}

export function hasProperty<Name extends string>(value: unknown, name: Name): value is Readonly<Record<Name, unknown>> {
  return typeof value === "object" && value !== null && name in value;
}
