import type { Config } from "../../src/config/config.ts";
import { resolveSettings } from "../../src/config/settings.ts";
import { type Address, address } from "../../src/model/address.ts";
import { type CIDR, cidr } from "../../src/model/cidr.ts";
import type { Node } from "../../src/model/node.ts";
import { type Port, port } from "../../src/model/port.ts";
import { defaultConfig } from "../support/default-config.ts";

export const addresses = (...texts: readonly string[]): readonly Address[] =>
  texts.flatMap((text) => address(text) ?? []);
export const cidrs = (...texts: readonly string[]): readonly CIDR[] => texts.flatMap((text) => cidr(text) ?? []);

export const clusterCIDR = (...texts: readonly string[]): Partial<Config> => ({
  clusterCIDRs: cidrs(...texts),
});

export const worker: Node = {
  name: "worker",
  addresses: addresses("192.0.2.1", "2001:db8::1", "198.51.100.1"),
  podCIDRs: cidrs("10.244.1.0/24", "fd00:1::/64"),
  zone: "zone-a",
  taints: [],
  isBeingDeleted: false,
};

const interfaces = ["127.0.0.1", "192.0.2.1", "10.0.0.9", "10.0.0.10", "::1", "fe80::1", "2001:db8::1", "192.0.2.1"];

export const apiServer = addresses("192.0.2.100").flatMap((ip) => ({ address: ip, port: port(6443) as Port }));

export const can = { affinity: "remember", sourceRanges: true, sourceHash: true, reject: true } as const;

export type Given = {
  readonly config?: Partial<Config>;
  readonly node?: Node | undefined;
  readonly interfaces?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
};

/** The settings that come of a configuration on a node, and what is said about them. */
export function resolved({ config = {}, interfaces: texts = interfaces, serviceCIDRs = [], ...given }: Given = {}) {
  const { settings, problems } = resolveSettings({
    config: { ...defaultConfig, ...clusterCIDR("10.244.0.0/16", "fd00::/48"), ...config },
    node: "node" in given ? given.node : worker,
    nodeName: "worker",
    interfaceAddresses: addresses(...texts),
    serviceCIDRs: cidrs(...serviceCIDRs),
    otherClusterIPs: [],
    capabilities: { ip: { ...can, counters: true }, ip6: { ...can, affinity: "hash", counters: true } },
    counters: true,
    apiServer,
  });
  return { settings, problems: problems.map(({ object, field, message }) => `${object} ${field}: ${message}`) };
}

export const v4Worker = { ...worker, addresses: addresses("192.0.2.1"), podCIDRs: cidrs("10.244.1.0/24") };
