import type { Family } from "../../model/address.ts";
import { compareText } from "../../model/service.ts";
import type { World } from "../world.ts";
import { knownDifferences } from "./known.ts";
import { plannedTable } from "./planned.ts";
import {
  allClients,
  type Client,
  type Mode,
  type Served,
  type ServedTable,
  type Setting,
  type Treatment,
} from "./served.ts";

/** What two proxies serve for the same cluster, in one family: ours here, the other there. */
export type Comparison = {
  readonly family: Family;
  /** The other proxy's mode. */
  readonly mode: Mode;
  /** The number of frontends that both serve alike. */
  readonly equal: number;
  /** All others, sorted. */
  readonly frontends: readonly ComparedFrontend[];
  readonly settings: readonly Difference[];
};

export type ComparedFrontend = {
  /** `10.96.0.10 tcp 80`, or `tcp 30080` for a NodePort. */
  readonly frontend: string;
  /** The service port, if one of them names it. */
  readonly service?: string;
  readonly kind: "different" | "only here" | "only there";
  readonly differences: readonly Difference[];
};

/** A value that only one has, or that differs. */
export type Difference = {
  readonly what: Subject;
  /** The clients concerned, if not all. */
  readonly clients?: readonly Client[];
  readonly here: readonly string[];
  readonly there: readonly string[];
  /** Why the difference is expected; undefined if it is unexplained. */
  readonly known?: string;
};

export type Subject =
  | "frontend"
  | "endpoints"
  | "masquerading"
  | "policy"
  | "affinity"
  | "source ranges"
  | "denied sources"
  | Setting;

/** Compares the plans with what another proxy serves. What its rules do not show is not compared. */
export function compared(world: World, there: ServedTable, mode: Mode): Comparison {
  const here = plannedTable(world);
  const known = knownDifferences(world, mode);
  const frontends: ComparedFrontend[] = [];
  const keys = [...new Set([...here.frontends.keys(), ...there.frontends.keys()])].sort(compareText);
  for (const key of keys) {
    const [own, other] = [here.frontends.get(key), there.frontends.get(key)];
    const explained = (each: Difference) => withKnown(each, known(each, { key, here: own, there: other }));
    const differences = differencesOf(own, other).map(explained);
    if (differences.length === 0) continue;
    const kind = own === undefined ? "only there" : other === undefined ? "only here" : "different";
    const service = own?.name ?? other?.name;
    frontends.push({ frontend: key, ...(service === undefined ? {} : { service }), kind, differences });
  }
  const settings = allSettings.flatMap((what) => differing(what, here.settings[what], there.settings[what]));
  return {
    family: world.family,
    mode,
    equal: keys.length - frontends.length,
    frontends,
    settings: settings.map((each) => withKnown(each, known(each, undefined))),
  };
}

/** Whether there are only known differences. */
export function isAsExpected({ frontends, settings }: Comparison): boolean {
  return [...settings, ...frontends.flatMap(({ differences }) => differences)].every(
    ({ known }) => known !== undefined,
  );
}

const allSettings: readonly Setting[] = ["local pods", "addresses of NodePorts", "scheduler"];

function withKnown(difference: Difference, known: string | undefined): Difference {
  return known === undefined ? difference : { ...difference, known };
}

function differencesOf(here: Served | undefined, there: Served | undefined): readonly Difference[] {
  if (here === undefined || there === undefined) {
    return [{ what: "frontend", here: servedText(here), there: servedText(there) }];
  }
  return [
    ...byClient("endpoints", here, there, endpointsOf),
    ...byClient("masquerading", here, there, masqueradingOf),
    ...differing("policy", here.policy && [here.policy], there.policy && [there.policy]),
    ...differing("affinity", here.affinity && [here.affinity], there.affinity && [there.affinity]),
    ...differing("source ranges", sourcesText(here.sources), sourcesText(there.sources)),
    ...differing("denied sources", here.denied, there.denied),
  ];
}

function servedText(served: Served | undefined): readonly string[] {
  return served === undefined ? [] : (endpointsOf(served.clients.outside) ?? []);
}

function differing(
  what: Subject,
  here: readonly string[] | undefined | "",
  there: readonly string[] | undefined | "",
): readonly Difference[] {
  return !here || !there || here.join() === there.join() ? [] : [{ what, here, there }];
}

/** One difference for each group of clients with the same one. */
function byClient(
  what: Subject,
  here: Served,
  there: Served,
  textOf: (treatment: Treatment | undefined) => readonly string[] | undefined,
): readonly Difference[] {
  const groups = new Map<string, Difference & { readonly clients: readonly Client[] }>();
  for (const client of allClients) {
    for (const each of differing(what, textOf(here.clients[client]), textOf(there.clients[client]))) {
      const key = `${each.here} ${each.there}`;
      groups.set(key, { ...each, clients: [...(groups.get(key)?.clients ?? []), client] });
    }
  }
  return Array.from(groups.values(), ({ clients, ...each }) =>
    clients.length === allClients.length ? each : { ...each, clients },
  );
}

function endpointsOf(treatment: Treatment | undefined): readonly string[] | undefined {
  return treatment?.kind === "balanced" ? treatment.endpoints : treatment && [treatment.kind];
}

function masqueradingOf(treatment: Treatment | undefined): readonly string[] | undefined {
  if (treatment?.kind !== "balanced" || treatment.isMasqueraded === undefined) return undefined;
  return [treatment.isMasqueraded ? "masqueraded" : "not masqueraded"];
}

function sourcesText(sources: Served["sources"]): readonly string[] | undefined {
  if (sources === undefined || sources === "all") return sources && [sources];
  return sources.length === 0 ? ["nobody"] : sources;
}
