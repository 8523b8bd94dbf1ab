import { disjointCIDRs } from "../model/cidr.ts";
import type { Cluster } from "../model/cluster.ts";
import type { EndpointSlice } from "../model/endpoint-slice.ts";
import type { Problem } from "../model/problem.ts";
import { compareText, serviceKey } from "../model/service.ts";
import { decodeEndpointSlice } from "./endpoint-slice.ts";
import { decodeEndpoints } from "./endpoints.ts";
import { isRead, kinds, whyUnread } from "./kinds.ts";
import { reportMisspelt } from "./misspelt.ts";
import { decodeNode } from "./node.ts";
import { type Decoded, identity, objectText } from "./object.ts";
import { flattenLists, type InputObject, type KindedObject, withSource } from "./objects.ts";
import { decodeOtherService } from "./other-service.ts";
import { quoteField } from "./quote.ts";
import { decodeService } from "./service.ts";
import { decodeServiceCIDR } from "./service-cidr.ts";

/**
 * The model of a cluster from any number of its objects. Kinds that a service proxy does not read are ignored. Each
 * list of the result is ordered by namespace and name.
 */
export function decodeCluster(inputs: Iterable<InputObject>): {
  readonly cluster: Cluster;
  /** All objects, including those of other kinds. */
  readonly objects: readonly KindedObject[];
  readonly problems: readonly Problem[];
  /** Where each Service was found, by its name in problems: `Service default/web`. */
  readonly sources: ReadonlyMap<string, NonNullable<Problem["source"]>>;
  /** Why the input must not be treated as a whole cluster. */
  readonly errors: readonly Problem[];
  /** Whether the input says nothing about a cluster, not even that there are no Services. */
  readonly isNone: boolean;
} {
  const { objects, problems: listProblems, errors, emptyLists } = flattenLists(inputs);
  const problems = [...listProblems];
  for (const input of objects) {
    const wrong = whyUnread(input);
    const object = objectText(quoteField(input.kind), input.object);
    if (wrong !== undefined)
      problems.push(withSource({ object, field: "", message: `${wrong}; it is ignored` }, input));
  }
  const services = decodeKind("Service", decodeService, objects, problems);
  const slices = decodeKind("EndpointSlice", decodeEndpointSlice, objects, problems);
  const endpoints = decodeKind("Endpoints", decodeEndpoints, objects, problems);
  const nodes = decodeKind("Node", decodeNode, objects, problems);
  const serviceCIDRs = decodeKind("ServiceCIDR", decodeServiceCIDR, objects, problems);

  const sliced = new Set<unknown>([...slices.values()].map(({ value }) => value && sliceOwner(value)));
  const unsliced = [...endpoints].flatMap(([key, { value, input }]) =>
    sliced.has(key) ? [] : (value ?? []).map((slice) => ({ value: slice, input })),
  );
  const allSlices = [...slices.values(), ...unsliced];
  for (const { value, input } of allSlices) {
    if (value === undefined || services.has(sliceOwner(value))) continue;
    const message = `belongs to the unknown Service ${sliceOwner(value)}; it is not used`;
    problems.push(withSource({ object: objectText(input.kind, input.object), field: "", message }, input));
  }
  return {
    cluster: {
      services: values(services.values()).sort(compareNames),
      endpointSlices: values(allSlices).sort(compareNames),
      nodes: values(nodes.values()).sort((a, b) => compareText(a.name, b.name)),
      serviceCIDRs: disjointCIDRs(values(serviceCIDRs.values()).flat()),
      otherClusterIPs: [...services.values()].flatMap(({ value, input }) =>
        value === undefined ? (decodeOtherService(input.object).value ?? []) : [],
      ),
    },
    objects,
    problems,
    errors,
    isNone:
      [services, slices, endpoints, nodes, serviceCIDRs].every(({ size }) => size === 0) &&
      ["", ...kinds].every((kind) => !emptyLists.has(kind)),
    sources: new Map(
      [...services.values()].flatMap(({ input }) =>
        input.source ? [[objectText(input.kind, input.object), input.source] as const] : [],
      ),
    ),
  };
}

type Outcome<T> = { readonly value: T | undefined; readonly input: KindedObject };

/** All objects of a kind, by namespace and name if these are valid. Of two with the same name the later one counts. */
function decodeKind<T>(
  kind: string,
  decode: (object: unknown) => Decoded<T>,
  objects: readonly KindedObject[],
  problems: Problem[],
): ReadonlyMap<unknown, Outcome<T>> {
  const outcomes = new Map<unknown, Outcome<T>>();
  for (const input of objects) {
    if (input.kind !== kind) continue;
    const report = (field: string, message: string) =>
      problems.push(withSource({ object: objectText(input.kind, input.object), field, message }, input));
    if (!isRead(input)) continue;
    // Objects from an API server have no such fields.
    if (input.source !== undefined) reportMisspelt(kind, input.object, report);
    const decoded = decode(input.object);
    for (const problem of decoded.problems) problems.push(withSource(problem, input));
    const key = objectKey(input) ?? input;
    if (outcomes.has(key)) report("", "occurs twice; the later one is used");
    outcomes.set(key, { value: decoded.value, input });
  }
  return outcomes;
}

function objectKey({ object }: KindedObject): string | undefined {
  const { namespace, name } = identity(object);
  if (typeof name !== "string" || (namespace !== undefined && typeof namespace !== "string")) return undefined;
  return `${namespace || "default"}/${name}`;
}

function sliceOwner({ namespace, serviceName }: EndpointSlice): string {
  return serviceKey({ namespace, name: serviceName });
}

function values<T>(outcomes: Iterable<{ readonly value: T | undefined }>): T[] {
  return [...outcomes].flatMap(({ value }) => (value === undefined ? [] : [value]));
}

function compareNames(a: Named, b: Named): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

type Named = { readonly namespace: string; readonly name: string };
