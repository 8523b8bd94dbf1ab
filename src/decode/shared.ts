/** Equal texts as one text: node names and zones are few, but each endpoint has them. */
export const sharedText = shared((text) => text);

/** A list of one text, as topology hints mostly are; equal ones are one list. */
export const sharedList = shared((text): readonly string[] => [text]);

/** Remembers what it made. It forgets all of it when that is more than any cluster needs. */
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
