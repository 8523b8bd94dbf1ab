import type { CIDR } from "../../../model/cidr.ts";
import { cidrElement } from "../../../model/cidr.ts";
import { serviceKey, servicePortName } from "../../../model/service.ts";
import type { Element, ElementTuple, Verdict } from "../../../nft/ruleset.ts";
import { clientParts } from "../../plan/balancing.ts";
import { type Frontend, isExternal } from "../../plan/frontends.ts";
import { type Balancing, type PortPlan, placesOf } from "../../plan/service-plan.ts";
import type { AffinityMethod } from "../../settings.ts";
import type { PlannedFrontend } from "../planned-frontend.ts";
import { type RememberShape, rememberName } from "./affinity.ts";
import { giveHashedSlots } from "./hashed-slots.ts";
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
  const { port, frontend: planOfFrontend, settings } = planned;
  const { frontend, outsiders, insiders, whenEmpty } = planOfFrontend;
  const sets = frontendSets[frontend.kind][frontend.protocol];
  const list = placesOf(port, outsiders);
  const shortCircuit = insiders === outsiders ? undefined : placesOf(port, insiders);
  const hasShortCircuit = shortCircuit !== undefined && shortCircuit.length > 0;
  const key = dispatchKey(frontend);
  const groups: ElementGroup[] = [];
  const shapes: Shape[] = [];
  if (list.length > 0 || hasShortCircuit) {
    const shape = shapeOf(planned, shortCircuit === undefined ? "everybody" : "outsiders", list.length);
    shapes.push(shape);
    groups.push(verdictGroup(planned, key, sets.dispatch, { kind: "goto", chain: shapeName(shape) }));
    if (list.length > 0) groups.push({ set: sets.endpoints, elements: () => slotElements(planned, list, 0) });
  }
  if (hasShortCircuit) {
    const shape = shapeOf(planned, "short-circuit", shortCircuit.length);
    shapes.push(shape);
    groups.push(verdictGroup(planned, key, sets.shortCircuits, { kind: "goto", chain: shapeName(shape) }));
    const elements = () => slotElements(planned, shortCircuit, shortCircuitOffset);
    groups.push({ set: sets.endpoints, elements });
  }
  if (list.length > 0 && !holdsFrontend(list, planned) && !(shortCircuit && holdsFrontend(shortCircuit, planned))) {
    groups.push({ set: sets.served, elements: () => [{ key, owner: ownerOf(planned) }] });
  }
  if (list.length === 0 && whenEmpty !== "pass") {
    const { noEndpoints, policyLocal } = refusals[frontend.kind];
    const refusal = whenEmpty === "drop" ? policyLocal : noEndpoints;
    groups.push(verdictGroup(planned, key, sets.noEndpoints, refusalVerdict(refusal, settings.counters)));
  }
  const sticky = affinityGroups(planned, list, shortCircuit ?? list);
  groups.push(...sticky.groups, ...sourceRangeGroups(planned));
  return { groups, shapes, remember: sticky.remember };
}

/** How a client gets its endpoint. A hash of its address makes the client sticky, too, if it cannot be remembered. */
function choiceOf(method: AffinityMethod | undefined, balancing: Balancing): Pick<Shape, "affinity" | "balancing"> {
  if (method === "hash" && balancing !== "random") return { affinity: undefined, balancing: "source-hash" };
  return { affinity: method === "none" ? undefined : method, balancing };
}

function shapeOf({ plan, frontend, settings }: PlannedFrontend, list: Shape["list"], endpoints: number): Shape {
  const method = frontend.affinity && settings.families[plan.family].affinity;
  const choice = choiceOf(method, frontend.balancing);
  return {
    ...choice,
    frontend: frontend.frontend.kind,
    isExternal: isExternal(frontend.frontend),
    protocol: frontend.frontend.protocol,
    masquerade: frontend.masquerade,
    list,
    size: choice.balancing !== "random" && endpoints > 0 ? clientParts : listSize(endpoints),
  };
}

function verdictGroup(planned: PlannedFrontend, key: ElementTuple, set: string, value: Verdict): ElementGroup {
  const elements = () => [{ key, value, owner: ownerOf(planned) }];
  return "chain" in value ? { set, chain: value.chain, elements } : { set, elements };
}

function ownerOf({ plan, port }: PlannedFrontend): string {
  return servicePortName(plan.service, port.port);
}

function holdsFrontend(places: readonly number[], planned: PlannedFrontend): boolean {
  for (const place of places) if (isFrontend(place, planned)) return true;
  return false;
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
function slotElements(planned: PlannedFrontend, places: readonly number[], offset: number): readonly Element[] {
  const {
    port,
    frontend: { frontend, balancing },
  } = planned;
  const owner = ownerOf(planned);
  const elements: Element[] = [];
  const targets = places.map((place) => targetOf(port, place));
  const nameOf = (index: number) => targets[index]?.join(" ") ?? "";
  const give = balancing === "random" ? giveSlots : giveHashedSlots;
  give(targets.length, nameOf, (slot, index) => {
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
  planned: PlannedFrontend,
  list: readonly number[],
  shortCircuit: readonly number[],
): Pick<LoweredFrontend, "groups" | "remember"> {
  const {
    plan,
    port,
    frontend: { frontend, affinity },
    settings,
  } = planned;
  if (affinity === undefined && !isOnNode(planned)) return { groups: none, remember: none };
  const { protocol } = frontend;
  const { affinity: method, unremembered } = settings.families[plan.family];
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
              places.map((place) => ({ key: [...prefix, ...targetOf(port, place)], value, owner: ownerOf(planned) })),
          },
        ];
  if (affinity === undefined || method !== "remember") {
    // On a node's address, its element keeps the packet from the rules of a sticky NodePort with the same number.
    const all = isOnNode(planned) ? [...new Set([...list, ...shortCircuit])] : [];
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
        ? [{ set: sets.stickyFrontends, elements: () => [{ key: prefix, owner: ownerOf(planned) }] }]
        : []),
      ...remembered.flatMap(([clients, places]) =>
        toEndpoints(places, { kind: "goto", chain: rememberName(shapeFor(clients)) }),
      ),
    ],
    remember: remembered.map(([clients]) => shapeFor(clients)),
  };
}

function sourceRangeGroups(planned: PlannedFrontend): readonly ElementGroup[] {
  const {
    frontend: { frontend, sources, denied },
    sourcePorts,
  } = planned;
  const isHere = isOnNode(planned);
  if (!isHere && sources === undefined && denied.length === 0) return none;
  const sets = frontendSets[frontend.kind][frontend.protocol];
  const key = portKey(frontend);
  const itself = (set: string): ElementGroup => ({ set, elements: () => [{ key, owner: ownerOf(planned) }] });
  const withSources = (set: string, prefix: ElementTuple, networks: readonly CIDR[]): readonly ElementGroup[] => {
    const elements = () =>
      networks.map((network) => ({ key: [...prefix, cidrElement(network)], owner: ownerOf(planned) }));
    return networks.length === 0 ? [] : [{ set, elements }];
  };
  const allowed = (sourcePorts !== undefined && sources) || [];
  return [
    ...(isHere ? [itself(onNodeSet(frontend.protocol))] : []),
    ...(sources === undefined ? [] : [itself(sets.firewalled)]),
    ...withSources(sets.allowedSources, [...key.slice(0, -1), sourcePorts ?? frontend.port], allowed),
    ...withSources(sets.deniedSources, key, denied),
  ];
}

const none: readonly [] = [];

/** Whether it is an address of the node that also serves NodePorts. */
function isOnNode({ plan, frontend: { frontend }, settings }: PlannedFrontend): boolean {
  const { addresses } = settings.families[plan.family].nodePortAddresses;
  return frontend.kind === "address" && addresses.includes(frontend.address);
}
