import type { Entry } from "./store.ts";

/** Whether an object is in the selection. */
export type Selector = (entry: Entry) => boolean;

/** A selector that the API server would refuse with 400. */
export class BadSelector extends Error {}

/** `a,!b,c=d,e!=f,g in (h,i),j notin (k)`, and nothing for everything. */
export function labelSelector(text: string): Selector {
  const requirements = text.trim() === "" ? [] : splitRequirements(text).map(labelRequirement);
  return ({ labels }) => requirements.every((holds) => holds(labels));
}

/** `metadata.name=a,spec.clusterIP!=None`, of the fields that the resource offers. */
export function fieldSelector(text: string, offered: Readonly<Record<string, readonly string[]>>): Selector {
  const requirements = text === "" ? [] : text.split(",").map((part) => fieldRequirement(part, offered));
  return ({ fields }) => requirements.every((holds) => holds(fields));
}

type Values = Readonly<Record<string, string>>;

/** At commas that are not within parentheses. */
function splitRequirements(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

function labelRequirement(text: string): (labels: Values) => boolean {
  const match =
    /^\s*(?:(?<absent>!)\s*)?(?<key>[\w./-]+)\s*(?:(?<operator>==?|!=)\s*(?<value>[\w.-]*)|(?<set>in|notin)\s*\((?<values>[^)]*)\))?\s*$/.exec(
      text,
    );
  const { absent, key = "", operator, value = "", set, values = "" } = match?.groups ?? {};
  const isBad = key === "" || (absent !== undefined && (operator ?? set) !== undefined);
  if (isBad) throw new BadSelector(`unable to parse requirement: ${text}`);
  const wanted = operator === undefined ? values.split(",").map((each) => each.trim()) : [value];
  const isIn = (labels: Values) => Object.hasOwn(labels, key) && wanted.includes(labels[key] ?? "");
  if (operator === "!=" || set === "notin") return (labels) => !isIn(labels);
  if (operator !== undefined || set === "in") return isIn;
  return (labels) => Object.hasOwn(labels, key) === (absent === undefined);
}

function fieldRequirement(
  text: string,
  offered: Readonly<Record<string, readonly string[]>>,
): (fields: Values) => boolean {
  const match = /^(?<field>[^=!]+)(?<operator>==?|!=)(?<value>.*)$/.exec(text);
  const { field = "", operator, value = "" } = match?.groups ?? {};
  if (operator === undefined) throw new BadSelector(`invalid selector: '${text}'; can't understand '${text}'`);
  if (!Object.hasOwn(offered, field)) throw new BadSelector(`field label not supported: ${field}`);
  return (fields) => (fields[field] === value) === (operator !== "!=");
}
