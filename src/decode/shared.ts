/** Keeps one copy of equal texts: there are few node names and zones, but each endpoint has them. */
export const sharedText = shared((text) => text);

/** A list of a single text, as topology hints mostly are; equal lists are one object. */
export const sharedList = shared((text): readonly string[] => [text]);

/** Remembers what it returned. It forgets all of it when that is more than any cluster needs. */
function shared<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const value = make(text);
    if (made.size >= 50_000) made.clear();
    made.set(text, value);
    return value;
  };
}
