import type { Family } from "../model/address.ts";
import { cidr } from "../model/cidr.ts";
import { type Protocol, protocols } from "../model/port.ts";
import type { Chain, Element, ElementTuple, NamedSet, SetField, Table } from "../nft/ruleset.ts";
import { type RememberShape, rememberName } from "./lower/nftables/affinity.ts";
import { allRefusals, refuseChainName } from "./lower/nftables/refusals.ts";
import { frontendSets, type SetDeclaration, setDeclarations } from "./lower/nftables/sets.ts";
import { type Shape, shapeName } from "./lower/nftables/shape.ts";
import { listSize, longestExact } from "./lower/nftables/slots.ts";
import { structure } from "./lower/nftables/structure.ts";
import { clientParts } from "./plan/balancing.ts";
import type { Masquerade } from "./plan/service-plan.ts";
import type { Capabilities, DetectLocal, Settings } from "./settings.ts";

/**
 * Tables with everything that a family's table may hold on a host with these capabilities, and an element in each set: if
 * nft accepts these, it accepts every table. There are two, as some settings exclude each other.
 */
export function probeTables(family: Family, capabilities: Capabilities): readonly Table[] {
  const networks = [cidr("10.0.0.0/8"), cidr("fd00::/8")].filter((each) => each !== undefined);
  const shapes = allShapes(capabilities);
  const few = shapes.filter(
    ({ protocol, size, affinity }) => protocol === "tcp" && size === 1 && affinity === undefined,
  );
  return [
    probeTable(family, capabilities, { kind: "cidrs", cidrs: networks }, true, shapes),
    probeTable(family, capabilities, { kind: "interfacePrefix", prefix: "veth" }, false, few),
  ];
}

function probeTable(
  family: Family,
  capabilities: Capabilities,
  detectLocal: DetectLocal,
  any: boolean,
  shapes: readonly Shape[],
): Table {
  const own = {
    nodeIP: undefined,
    detectLocal,
    nodePortAddresses: { any, addresses: [], loopback: true },
    podNetworks: [],
    serviceCIDRs: [],
  };
  const settings: Settings = {
    nodeName: "",
    zone: undefined,
    families: { ip: { ...own, ...capabilities }, ip6: { ...own, ...capabilities } },
    masqueradeBit: 14,
    masqueradeAll: false,
    externalIPs: true,
    elementLimit: 0,
    sourceRangeLimit: 0,
    tableSourceRangeLimit: 0,
    affinityTimeoutLimit: 0,
    apiServer: [],
    counters: capabilities.counters,
  };
  const remembers = capabilities.affinity === "remember";
  const remember = remembers ? allRemember : [];
  const refusals = allRefusals.map(({ chain }) => chain);
  const targets = [...shapes.map(shapeName), ...remember.map(rememberName), ...refusals, refuseChainName];
  const declared = setDeclarations(capabilities.counters).filter(({ name }) => remembers || !stickyFrontends.has(name));
  const filled = new Map(declared.map(({ name }) => [name, targets]));
  const { sets, chains, spares } = structure(family, settings, { shapes, remember, filled });
  const withElement = (set: SetDeclaration): NamedSet => ({ ...set, elements: exampleElements(family, set) });
  return {
    family,
    sets: new Map(sets.map((set) => [set.name, withElement(set)])),
    chains: new Map(chains.filter(({ name }) => !spares.has(name)).map((chain) => [chain.name, onceEach(chain)])),
  };
}

/** Without the second of rules that are the same, which come where maps are looked up twice. */
function onceEach(chain: Chain): Chain {
  return { ...chain, rules: [...new Set(chain.rules)] };
}

const stickyFrontends: ReadonlySet<string> = new Set(
  Object.values(frontendSets).flatMap((sets) => protocols.map((protocol) => sets[protocol].stickyFrontends)),
);

const kinds = [
  { frontend: "address", isExternal: false, lists: ["everybody"] },
  { frontend: "address", isExternal: true, lists: ["everybody", "outsiders", "short-circuit"] },
  { frontend: "nodePort", isExternal: true, lists: ["everybody", "outsiders", "short-circuit"] },
] as const;

/** What does not show in the name of a shape's chain is used in turn. */
const masquerades: Readonly<Record<Protocol, Masquerade>> = {
  tcp: "all but local pods",
  udp: "this node",
  sctp: "all",
};

/**
 * For protocols other than TCP, only what they have in addition: the names of their sets. A process without privileges can
 * send at most 208 KB to the kernel at once (net.core.wmem_max).
 */
function allShapes(capabilities: Capabilities): readonly Shape[] {
  const { affinity } = capabilities;
  const method = affinity === "none" ? undefined : affinity;
  const long = listSize(longestExact + 1);
  const tcp = [{ size: 1 }, { size: long }, { size: long, affinity: method }];
  const others = [{ size: 1, affinity: method }];
  const balancing = "random";
  const random = kinds.flatMap(({ lists, ...kind }) =>
    protocols.flatMap((protocol) => {
      const shape = { ...kind, protocol, masquerade: masquerades[protocol], affinity: undefined, balancing } as const;
      const variants = protocol === "tcp" ? tcp : others;
      return lists.flatMap((list) => variants.map((variant): Shape => ({ ...shape, ...variant, list })));
    }),
  );
  return [...random, ...hashedShapes(capabilities)];
}

/** One with each hash of a client that there is. */
function hashedShapes({ sourceHash }: Capabilities): readonly Shape[] {
  if (!sourceHash) return [];
  const shape = { frontend: "address", isExternal: false, list: "everybody", size: clientParts } as const;
  const kind = { ...shape, masquerade: "all", affinity: undefined } as const;
  return [
    { ...kind, protocol: "tcp", balancing: "source-hash" },
    ...protocols.map((protocol): Shape => ({ ...kind, protocol, balancing: "source-hash-port" })),
  ];
}

const allRemember: readonly RememberShape[] = protocols.flatMap((protocol) =>
  (["local-only", "short-circuit"] as const).map((clients) => ({ protocol, timeoutSeconds: 10800, clients })),
);

/** One element, except for sets that packets fill. */
function exampleElements(family: Family, { key, value, flag }: SetDeclaration): readonly Element[] {
  if (flag === "dynamic") return [];
  const address = family === "ip" ? "10.0.0.1" : "fd00::1";
  const part = ({ kind }: SetField): string | number => {
    switch (kind) {
      case "saddr":
      case "daddr":
        return address;
      case "l4proto":
        return "tcp";
      case "dport":
      case "slot":
        return 1;
    }
  };
  const parts = key.map(part);
  const network = family === "ip" ? "10.0.0.0/8" : "fd00::/8";
  const ownKey: ElementTuple =
    flag === "interval" ? [...parts.slice(0, -1).map((each) => (each === 1 ? "1-2" : each)), network] : parts;
  if (value === undefined) return [{ key: ownKey }];
  return [{ key: ownKey, value: value === "verdict" ? { kind: "goto", chain: refuseChainName } : value.map(part) }];
}
