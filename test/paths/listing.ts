/**
 * What `nft list ruleset` says of tables, in an order that does not depend on when things were made: a line for each
 * table, set, map, chain and element. The rules of a chain keep their order. The kernel gives a set without a size one
 * when a rule first writes to it, and that stays when the rule goes: it is left out.
 */
export function listingLines(text: string): readonly string[] {
  const lines: string[] = [];
  for (const table of text.split(/^(?=table )/m).filter((part) => part !== "")) {
    const [name = ""] = table.split("\n", 1);
    lines.push(name);
    for (const [, block = "", body = ""] of table.matchAll(/^\t(\S+ \S+) \{\n((?:\t\t.*\n|\n)*)\t\}$/gm)) {
      const elements = /elements = \{(.*?)\}/s.exec(body)?.[1] ?? "";
      const rules = body.replace(/elements = \{.*?\}/s, "").split("\n");
      lines.push(
        [name, block, ...rules.map((rule) => rule.trim()).filter((rule) => rule !== "" && rule !== "size 65535")].join(
          " | ",
        ),
      );
      for (const element of elements.split(",")) {
        if (element.trim() !== "") lines.push(`${name} | ${block} | element ${element.trim()}`);
      }
    }
  }
  return lines.sort();
}

/** What differs between two listings, `-` for what is missing and `+` for what is too much. */
export function listingDifferences(expected: readonly string[], actual: readonly string[]): readonly string[] {
  const wanted = new Set(expected);
  const found = new Set(actual);
  return [
    ...expected.filter((line) => !found.has(line)).map((line) => `- ${line}`),
    ...actual.filter((line) => !wanted.has(line)).map((line) => `+ ${line}`),
  ];
}
