const longest = 80;

/** Characters that a terminal or a log would interpret instead of showing them. */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * A value from the input as messages show it: a text as a JSON string, cut to 80 characters; for a list or an object
 * only its type, because it may be endless.
 */
export function quote(value: unknown): string {
  switch (typeof value) {
    case "string":
      return quoteText(value);
    case "number":
    case "boolean":
      return String(value);
    case "object":
      return Array.isArray(value) ? "a list" : "an object";
    case "undefined":
      return "nothing";
    case "bigint":
    case "function":
    case "symbol":
      return `a ${typeof value}`;
  }
}

/** The name of a field, in quotes if no API could have it. */
export function quoteField(name: string): string {
  return /^[-\w./]{1,80}$/.test(name) ? name : quote(name);
}

/** A text without quotes, such as another program's message, on one line and cut to 300 characters. */
export function printable(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return visible(line.length > 300 ? `${line.slice(0, 300)}…` : line);
}

/** A text with everything visible: escape characters, line ends and the like are written out. */
export function visible(text: string): string {
  return text.replace(unprintable, escaped);
}

function quoteText(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return visible(JSON.stringify(cut));
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
