/** A value as a line of JSON; readline treats U+2028 and U+2029 as the ends of lines, too. */
export function jsonLine(value: unknown): string {
  const escaped = JSON.stringify(value).replaceAll(
    /[\u2028\u2029]/g,
    (separator) => `\\u${separator.charCodeAt(0).toString(16)}`,
  );
  return `${escaped}\n`;
}
