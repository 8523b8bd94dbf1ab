import * as z from "zod";
import {
  type AnnotationProblem,
  type Annotations,
  annotationName,
  exposedKinds,
  hashBalancings,
} from "../model/annotations.ts";
import { type CIDR, cidr } from "../model/cidr.ts";
import { nearest } from "./nearest.ts";
import { isNot } from "./part.ts";
import { quote, quoteField } from "./quote.ts";

type Asked = Omit<Annotations, "problems">;

/** The contents of an annotation as far as they can be read, and the problems. */
type Reading<Value> = { readonly value: Value | undefined; readonly wrong: readonly string[] };

type Row<Key extends keyof Asked> = {
  /** Without `kube-nft.io/`. */
  readonly name: string;
  readonly read: (text: string) => Reading<Asked[Key]>;
  /** The consequence if part of it cannot be read. */
  readonly otherwise: string;
};

/** Every annotation that this proxy reads. docs/annotations.md describes each. */
const rows: { readonly [Key in keyof Required<Asked>]: Row<Key> } = {
  nodePortSourceRanges: {
    name: "node-port-source-ranges",
    read: networks,
    otherwise: "it allows no source",
  },
  denySourceRanges: {
    name: "deny-source-ranges",
    read: (text) => {
      const { value, wrong } = networks(text);
      return { value: wrong.length === 0 ? value : everywhere, wrong };
    },
    otherwise: "all sources are denied",
  },
  expose: {
    name: "expose",
    read: listOf(among(exposedKinds), isNoneOf(exposedKinds)),
    otherwise: "it exposes nothing",
  },
  balancing: {
    name: "balancing",
    read: oneOf(hashBalancings),
    otherwise: "it is balanced at random",
  },
  externalFailoverPolicy: {
    name: "external-failover-policy",
    read: oneOf(["Passthrough"] as const),
    otherwise: "packets are dropped where there is no endpoint",
  },
};

const everywhere: readonly CIDR[] = ["0.0.0.0/0", "::/0"].flatMap((text) => cidr(text) ?? []);

const prefix = annotationName("");
const keys = Object.keys(rows).filter((key): key is keyof Asked => Object.hasOwn(rows, key));
const names = keys.map((key) => rows[key].name);

const AnnotationsObject = z.record(z.string(), z.unknown());

/** Undefined if an object has none of our annotations. */
export function readAnnotations(value: unknown): Annotations | undefined {
  const all = AnnotationsObject.safeParse(value ?? {});
  const own = Object.entries(all.success ? all.data : {}).filter(([name]) => name.startsWith(prefix));
  if (own.length === 0) return undefined;
  const texts = new Map(own.map(([name, text]) => [name.slice(prefix.length), text]));
  const problems = [...texts.keys()].filter((name) => !names.includes(name)).map(unknown);
  const read = keys.map((key) => {
    const { name, otherwise, read } = rows[key];
    const text = texts.get(name);
    if (text === undefined) return {};
    const { value, wrong } = read(typeof text === "string" ? text : quote(text));
    problems.push(...wrong.map((each) => ({ name: annotationName(name), message: `${each}; ${otherwise}` })));
    return value === undefined ? {} : { [key]: value };
  });
  return Object.assign({ problems: problems.slice(0, mostProblems) }, ...read);
}

/** An annotation may have thousands of items. */
const mostProblems = 10;

function unknown(name: string): AnnotationProblem {
  const meant = nearest(name, names);
  const hint = meant === undefined ? "" : ` (did you mean ${annotationName(meant)}?)`;
  return { name: quoteField(annotationName(name)), message: `is unknown${hint}; it is ignored` };
}

function oneOf<Word extends string>(words: readonly Word[]) {
  return (text: string): Reading<Word> => {
    const value = among(words)(text.trim());
    return { value, wrong: value === undefined ? [isNoneOf(words)(text)] : [] };
  };
}

function among<Word extends string>(words: readonly Word[]) {
  return (text: string) => words.find((word) => word === text);
}

function isNoneOf(words: readonly string[]) {
  return isNot(`one of ${words.join(", ")}`);
}

/** Items separated by commas: those that can be read. There must be at least one. */
function listOf<Item>(read: (item: string) => Item | undefined, wrong: (item: string) => string) {
  return (text: string): Reading<readonly Item[]> => {
    const items = text.split(",").map((item) => item.trim());
    const value = items.map(read);
    return {
      value: value.filter((item) => item !== undefined),
      wrong: items.filter((_, index) => value[index] === undefined).map(wrong),
    };
  };
}

function networks(text: string): Reading<readonly CIDR[]> {
  return listOf(cidr, isNot("a network in CIDR notation"))(text);
}
