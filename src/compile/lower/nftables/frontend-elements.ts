import type { CIDR } from "../../../model/cidr.ts";
import { cidrElement } from "../../../model/cidr.ts";
import { serviceKey, servicePortName } from "../../../model/service.ts";
import type { Element, ElementTuple, Verdict } from "../../../nft/ruleset.ts";
import { type Frontend, isExternal } from "../../plan/frontends.ts";
import { type PortPlan, placesOf } from "../../plan/service-plan.ts";
import type { PlannedFrontend } from "../planned-frontend.ts";
import { type RememberShape, rememberName } from "./affinity.ts";
import { refusals, refusalVerdict } from "./refusals.ts";
import { frontendSets, onNodeSet } from "./sets.ts";
import { type Shape, shapeName, shortCircuitOffset } from "./shape.ts";
import { giveSlots, listSize } from "./slots.ts";

/** What a frontend of a plan adds to a table. */
export type LoweredFrontend = {
  readonly groups: readonly ElementGroup[];
  /** Empty if nothing is balanced. */
  readonly shapes: readonly Shape[];
  readonly remember: readonly RememberShape[];
};

/** Elements of one set, at least one. They are generated on demand, as most are needed only once. */
export type ElementGroup = {
  readonly set: string;
  /** The chain to which their verdicts lead. */
  readonly chain?: string;
  readonly elements: () => readonly Element[];
};

export function lowerFrontend(planned: PlannedFrontend): LoweredFrontend {
  const { plan, port, frontend: planOfFrontend, settings } = planned;
  const { frontend, outsiders, insiders, whenEmpty, masquerade } = planOfFrontend;
  const sets = frontendSets[frontend.kind][frontend.protocol];
  const list = placesOf(port, outsiders);
  const shortCircuit = insiders === outsiders ? undefined : placesOf(port, insiders);
  const method = planOfFrontend.affinity && settings.families[plan.family].affinity;
  const affinity = method === "none" ? undefined : method;
  const { protocol } = frontend;
  const kind = { frontend: frontend.kind, isExternal: isExternal(frontend), protocol, masquerade, affinity };
  const shapeFor = (name: Shape["list"], places: readonly number[]): Shape => ({
    ...kind,
    list: name,
    size: listSize(places.length),
  });
  const owner = () => servicePortName(plan.service, port.port);
  const key = dispatchKey(frontend);
  const verdict = (set: string, value: Verdict): ElementGroup => ({
    set,
    ...("chain" in value ? { chain: value.chain } : {}),
    elements: () => [{ key, value, owner: owner() }],
  });
  const groups: ElementGroup[] = [];
  const shapes: Shape[] = [];
  const balanced = (set: string, name: Shape["list"], places: readonly number[], offset: number) => {
    const shape = shapeFor(name, places);
    shapes.push(shape);
    groups.push(verdict(set, { kind: "goto", chain: shapeName(shape) }));
    if (places.length === 0) return;
    groups.push({ set: sets.endpoints, elements: () => slotElements(planned, places, offset, owner()) });
  };
  const hasShortCircuit = shortCircuit !== undefined && shortCircuit.length > 0;
  if (list.length > 0 || hasShortCircuit) {
    balanced(sets.dispatch, shortCircuit === undefined ? "everybody" : "outsiders", list, 0);
  }
  if (hasShortCircuit) balanced(sets.shortCircuits, "short-circuit", shortCircuit, shortCircuitOffset);
  const isItself = (place: number) => isFrontend(place, planned);
  if (list.length > 0 && !list.some(isItself) && !shortCircuit?.some(isItself)) {
    groups.push({ set: sets.served, elements: () => [{ key, owner: owner() }] });
  }
  if (list.length === 0) {
    const { noEndpoints, policyLocal } = refusals[frontend.kind];
    const refusal = whenEmpty === "drop" ? policyLocal : noEndpoints;
    groups.push(verdict(sets.noEndpoints, refusalVerdict(refusal, settings.counters)));
  }
  const sticky = affinityGroups(planned, list, shortCircuit ?? list, owner);
  groups.push(...sticky.groups);
  groups.push(...sourceRangeGroups(planned, owner));
  return { groups, shapes, remember: sticky.remember };
}

/**
 * Whether an endpoint is the frontend itself, as with a load balancer IP that is the node's, on the port on which the
 * node's own server listens. The kernel does not count that as a translation, so the packet must not be treated as a slip.
 */
function isFrontend(place: number, { plan, port, frontend: { frontend }, settings }: PlannedFrontend): boolean {
  if (port.decisions[place]?.port !== frontend.port) return false;
  const address = port.endpoints.addresses[place];
  if (frontend.kind === "address") return address === frontend.address;
  return settings.families[plan.family].nodePortAddresses.addresses.some((each) => each === address);
}

/** The frontend's key in the sets of all protocols. */
function dispatchKey(frontend: Frontend): ElementTuple {
  return frontend.kind === "nodePort"
    ? [frontend.protocol, frontend.port]
    : [frontend.address, frontend.protocol, frontend.port];
}

/** The frontend's key in the sets of one protocol, to which a slot or an endpoint is appended. */
function portKey(frontend: Frontend): ElementTuple {
  return frontend.kind === "nodePort" ? [frontend.port] : [frontend.address, frontend.port];
}

function targetOf({ endpoints, decisions }: PortPlan, place: number): ElementTuple {
  return [endpoints.addresses[place] ?? "", decisions[place]?.port ?? 0];
}

/** The key is written out, not spread: an array made by spreading reserves more room, and there are many. */
function slotElements(
  { port, frontend: { frontend } }: PlannedFrontend,
  places: readonly number[],
  offset: number,
  owner: string,
): readonly Element[] {
  const elements: Element[] = [];
  const targets = places.map((place) => targetOf(port, place));
  const nameOf = (index: number) => targets[index]?.join(" ") ?? "";
  giveSlots(targets.length, nameOf, (slot, index) => {
    const value = targets[index];
    if (value === undefined) return;
    const number = offset + slot;
    const key = frontend.kind === "nodePort" ? [frontend.port, number] : [frontend.address, frontend.port, number];
    elements.push({ key, value, owner });
  });
  return elements;
}

/** The elements that remember the clients of a sticky frontend, and the chains for that. */
function affinityGroups(
  { plan, port, frontend: { frontend, affinity }, settings }: PlannedFrontend,
  list: readonly number[],
  shortCircuit: readonly number[],
  owner: () => string,
): Pick<LoweredFrontend, "groups" | "remember"> {
  const { protocol } = frontend;
  const { affinity: method, nodePortAddresses, unremembered } = settings.families[plan.family];
  const sets = frontendSets[frontend.kind][protocol];
  const prefix = portKey(frontend);
  const toEndpoints = (places: readonly number[], value: Verdict): readonly ElementGroup[] =>
    places.length === 0
      ? []
      : [
          {
            set: sets.stickyEndpoints,
            ...("chain" in value ? { chain: value.chain } : {}),
            elements: () =>
              places.map((place) => ({ key: [...prefix, ...targetOf(port, place)], value, owner: owner() })),
          },
        ];
  if (affinity === undefined || method !== "remember") {
    // On a node's address, its element keeps the packet from the rules of a sticky NodePort with the same number.
    const isOnNode = frontend.kind === "address" && nodePortAddresses.addresses.includes(frontend.address);
    const all = isOnNode ? [...new Set([...list, ...shortCircuit])] : [];
    return { groups: toEndpoints(all, { kind: "return" }), remember: [] };
  }
  if (unremembered?.has(serviceKey(plan.service))) {
    const all = [...new Set([...list, ...shortCircuit])];
    return { groups: toEndpoints(all, { kind: "return" }), remember: [] };
  }
  const [here, everywhere] = [new Set(list), new Set(shortCircuit)];
  const remembered = (
    [
      ["all", list.filter((each) => everywhere.has(each))],
      ["local-only", list.filter((each) => !everywhere.has(each))],
      ["short-circuit", shortCircuit.filter((each) => !here.has(each))],
    ] as const
  ).filter(([, places]) => places.length > 0);
  const shapeFor = (clients: RememberShape["clients"]) => ({
    protocol,
    timeoutSeconds: affinity.timeoutSeconds,
    clients,
  });
  return {
    groups: [
      ...(remembered.length > 0
        ? [{ set: sets.stickyFrontends, elements: () => [{ key: prefix, owner: owner() }] }]
        : []),
      ...remembered.flatMap(([clients, places]) =>
        toEndpoints(places, { kind: "goto", chain: rememberName(shapeFor(clients)) }),
      ),
    ],
    remember: remembered.map(([clients]) => shapeFor(clients)),
  };
}

function sourceRangeGroups(
  { plan, frontend: { frontend, sources, denied }, sourcePorts, settings }: PlannedFrontend,
  owner: () => string,
): readonly ElementGroup[] {
  const sets = frontendSets[frontend.kind][frontend.protocol];
  const key = portKey(frontend);
  const itself = (set: string): ElementGroup => ({ set, elements: () => [{ key, owner: owner() }] });
  const withSources = (set: string, prefix: ElementTuple, networks: readonly CIDR[]): readonly ElementGroup[] => {
    const elements = () => networks.map((network) => ({ key: [...prefix, cidrElement(network)], owner: owner() }));
    return networks.length === 0 ? [] : [{ set, elements }];
  };
  const allowed = (sourcePorts !== undefined && sources) || [];
  const { addresses } = settings.families[plan.family].nodePortAddresses;
  return [
    ...(frontend.kind === "address" && addresses.includes(frontend.address)
      ? [itself(onNodeSet(frontend.protocol))]
      : []),
    ...(sources === undefined ? [] : [itself(sets.firewalled)]),
    ...withSources(sets.allowedSources, [...key.slice(0, -1), sourcePorts ?? frontend.port], allowed),
    ...withSources(sets.deniedSources, key, denied),
  ];
}
