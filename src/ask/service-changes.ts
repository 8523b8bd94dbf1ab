import { isToldBy } from "../compile/lower/nftables/refusals.ts";
import { frontendOfElement, frontendSets } from "../compile/lower/nftables/sets.ts";
import type { Frontend, FrontendKey } from "../compile/plan/frontends.ts";
import { protocols } from "../model/port.ts";
import { compareText } from "../model/service.ts";
import { portsOf } from "../nft/port-range.ts";
import { printElementValue, printTuple } from "../nft/print-set.ts";
import type { Element, ElementTuple, NamedSet, Table } from "../nft/ruleset.ts";

/** How one service port differs between two tables. */
export type ServicePortChange = {
  /** `namespace/name:port`, or the part of it that is known. */
  readonly servicePort: string;
  /** Additions and removals: endpoints as `10.0.0.5:8080`, frontends and sources in words. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Frontends that are in both tables and serve differently. */
  readonly changed: readonly string[];
};

/** A line for people: `default/web:http  + 10.0.0.5:8080  - 10.0.0.7:8080`. */
export function servicePortLine({ servicePort, added, removed, changed }: ServicePortChange): string {
  return [
    servicePort,
    ...added.map((part) => `+ ${part}`),
    ...removed.map((part) => `- ${part}`),
    ...changed.map((part) => `~ ${part}`),
  ].join("  ");
}

/** The changes from one table to another by service port, sorted by name. */
export function servicePortChanges(before: Table, after: Table): readonly ServicePortChange[] {
  return changesOfViews(servicePorts(before), servicePorts(after));
}

/** The effect of service ports on clients, by name. */
export type ServicePortViews = ReadonlyMap<string, ServicePortView>;

export function changesOfViews(old: ServicePortViews, current: ServicePortViews): readonly ServicePortChange[] {
  const names = [...new Set([...old.keys(), ...current.keys()])].sort(compareText);
  return names.flatMap((servicePort) => {
    const from = old.get(servicePort) ?? nothing;
    const to = current.get(servicePort) ?? nothing;
    const added = [...to.parts].filter((part) => !from.parts.has(part));
    const removed = [...from.parts].filter((part) => !to.parts.has(part));
    const changed = [...to.frontends].flatMap(([frontend, how]) => {
      const previous = from.frontends.get(frontend);
      return previous === undefined || areEqual(previous, how) || added.length + removed.length > 0 ? [] : [frontend];
    });
    return added.length + removed.length + changed.length === 0 ? [] : [{ servicePort, added, removed, changed }];
  });
}

export type ServicePortView = {
  /** Frontends, endpoints and sources in words. */
  readonly parts: Set<string>;
  /** Each frontend's verdict, endpoints and affinity map, in a form that is only for comparing. */
  readonly frontends: Map<string, Set<string>>;
};

const nothing: ServicePortView = { parts: new Set(), frontends: new Map() };

export const frontendKinds: readonly Frontend["kind"][] = ["address", "nodePort"];

/**
 * The contents of a table, by service port. The dispatch maps show to which Service a frontend belongs; in the kernel,
 * their comments do.
 */
function servicePorts(table: Table): ServicePortViews {
  const views = new Map<string, ServicePortView>();
  const owners = new Map<FrontendKey, { readonly view: ServicePortView; readonly name: string }>();
  for (const kind of frontendKinds) {
    const { dispatch, noEndpoints } = frontendSets[kind].tcp;
    for (const [map, isServed] of [
      [dispatch, true],
      [noEndpoints, false],
    ] as const) {
      for (const element of elementsOf(table, map)) {
        const frontend = frontendName(kind, element.key);
        const owner = element.owner ?? `unknown (${frontend})`;
        const view = views.get(owner) ?? { parts: new Set(), frontends: new Map() };
        views.set(owner, view);
        const name = isServed ? frontend : unserved(frontend, isRefused(element));
        view.parts.add(name);
        view.frontends.set(name, new Set(isServed ? [printElementValue(element) ?? ""] : []));
        const key = frontendOfElement(map, element.key);
        if (key !== undefined && (isServed || !owners.has(key))) owners.set(key, { view, name });
      }
    }
  }
  const ownerOf = (set: string, key: ElementTuple) => {
    const frontend = frontendOfElement(set, key);
    return frontend && owners.get(frontend);
  };
  for (const protocol of protocols) {
    for (const kind of frontendKinds) {
      const { endpoints, stickyEndpoints, firewalled, allowedSources, deniedSources } = frontendSets[kind][protocol];
      for (const { key, value } of elementsOf(table, endpoints)) {
        const owner = ownerOf(endpoints, key);
        if (owner === undefined || value === undefined || "kind" in value) continue;
        owner.view.parts.add(endpointName(value));
        owner.view.frontends.get(owner.name)?.add(`${key.at(-1)}=${printTuple(value)}`);
      }
      const portsOn = Map.groupBy(elementsOf(table, firewalled), ({ key }) => key[0]);
      for (const { key } of elementsOf(table, deniedSources))
        ownerOf(deniedSources, key)?.view.parts.add(`denied source ${key.at(-1)}`);
      for (const { key } of elementsOf(table, allowedSources)) {
        const [address = ""] = key;
        const [ports, source] = key.slice(-2);
        const [first = 0, last = 0] = portsOf(ports) ?? [];
        const isAmong = ([, port]: ElementTuple) => first <= Number(port) && Number(port) <= last;
        const among = first === last ? [key] : (portsOn.get(address) ?? []).map((each) => each.key).filter(isAmong);
        for (const each of among) ownerOf(firewalled, each)?.view.parts.add(`source ${source}`);
      }
      for (const element of elementsOf(table, stickyEndpoints)) {
        const owner = ownerOf(stickyEndpoints, element.key);
        owner?.view.frontends.get(owner.name)?.add(`${printTuple(element.key)}=${printElementValue(element)}`);
      }
    }
  }
  return views;
}

/** Of a frontend without load balancing. */
export function unserved(frontend: string, isRefused: boolean): string {
  return `${frontend} (${isRefused ? "refused" : "dropped"})`;
}

function isRefused({ value }: Element): boolean {
  return value !== undefined && "kind" in value && isToldBy(value);
}

function areEqual(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((each) => b.has(each));
}

function elementsOf(table: Table, set: NamedSet["name"]): readonly Element[] {
  return table.sets.get(set)?.elements ?? [];
}

/** `10.96.0.10 port 80/tcp` or `nodePort 30080/tcp`. */
export function frontendName(kind: Frontend["kind"], key: ElementTuple): string {
  const [first = "", second = "", third = ""] = key;
  return kind === "nodePort" ? `nodePort ${second}/${first}` : `${first} port ${third}/${second}`;
}

/** `10.0.0.5:8080` or `[fd00::5]:8080` */
export function endpointName([address = "", port = ""]: ElementTuple): string {
  return String(address).includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
