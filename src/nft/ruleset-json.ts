import { printHook, printRule } from "./print-rule.ts";
import { printElementValue, setDeclaration, setKind } from "./print-set.ts";
import { type Ruleset, tableName } from "./ruleset.ts";

/**
 * A ruleset as JSON for programs: sets with their elements as lists, chains with their rules as text.
 *
 * It is not the JSON of libnftables-json(5), in which nft before 1.1 cannot declare a map that is keyed by a slot.
 */
export function rulesetJSON(ruleset: Ruleset): string {
  const tables = ruleset.map(({ family, sets, chains }) => ({
    family,
    name: tableName,
    sets: [...sets.values()].map((set) => ({
      kind: setKind(set),
      name: set.name,
      declaration: setDeclaration(family, set),
      elements: set.elements.map((element) => ({
        key: element.key,
        ...(element.value === undefined
          ? {}
          : { value: "kind" in element.value ? printElementValue(element) : element.value }),
        ...(element.owner === undefined ? {} : { servicePort: element.owner }),
      })),
    })),
    chains: [...chains.values()].map(({ name, hook, note, rules }) => ({
      name,
      ...(hook === undefined ? {} : { hook: printHook(hook) }),
      ...(note === undefined ? {} : { note }),
      rules: rules.map((rule) => printRule(family, rule)),
    })),
  }));
  return `${JSON.stringify({ tables }, undefined, 2)}\n`;
}
