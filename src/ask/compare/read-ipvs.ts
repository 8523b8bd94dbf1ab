import { type FrontendKey, frontendKeyOf } from "../../compile/plan/frontends.ts";
import { endpointText } from "../../iptables/print.ts";
import { type Address, address } from "../../model/address.ts";
import { type Port, type Protocol, port } from "../../model/port.ts";
import { compareText } from "../../model/service.ts";
import type { Served, ServedTable, Treatment } from "./served.ts";

/** A virtual server of IPVS, and the real servers among which it chooses, without those being removed. */
export type VirtualServer = {
  readonly protocol: Protocol;
  readonly address: Address;
  readonly port: Port;
  readonly scheduler: string;
  /** How many seconds clients keep their real server. */
  readonly persistence: number | undefined;
  readonly servers: readonly string[];
};

/**
 * Reads the output of `ipvsadm-save -n`. Firewall marks and other entries that are not virtual servers of a port are left
 * out.
 */
export function virtualServers(text: string): readonly VirtualServer[] {
  const found = new Map<string, Omit<VirtualServer, "servers"> & { readonly servers: string[] }>();
  for (const line of text.split("\n")) {
    const words = line.trim().split(/\s+/);
    const protocol = protocolNames[words[1] ?? ""];
    const place = placeOf(words[2] ?? "");
    if (protocol === undefined || place === undefined) continue;
    const key = `${words[1]} ${words[2]}`;
    const after = (option: string) => (words.includes(option) ? words[words.indexOf(option) + 1] : undefined);
    if (words[0] === "-A") {
      const persistence = after("-p");
      found.set(key, {
        protocol,
        ...place,
        scheduler: after("-s") ?? "",
        persistence: persistence === undefined ? undefined : Number(persistence),
        servers: [],
      });
    } else if (words[0] === "-a" && after("-w") !== "0") {
      const server = placeOf(after("-r") ?? "");
      if (server !== undefined) found.get(key)?.servers.push(endpointText(server.address, server.port));
    }
  }
  return [...found.values()];
}

const protocolNames: Readonly<Record<string, Protocol>> = { "-t": "tcp", "-u": "udp", "--sctp-service": "sctp" };

/** `10.96.0.1:443` or `[fd00::1]:443` */
function placeOf(text: string): { readonly address: Address; readonly port: Port } | undefined {
  const [, ipv6, ipv4, number] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? [];
  const [ip, own] = [address(ipv6 ?? ipv4 ?? ""), port(Number(number))];
  return ip && own && { address: ip, port: own };
}

/**
 * What kube-proxy's mode ipvs serves. IPVS does not show who is masqueraded, and who may connect.
 *
 * @param isFrontend whether an address is that of a frontend, as those of the interface kube-ipvs0 are; others are the
 * node's own, with a virtual server for each NodePort
 */
export function ipvsServed(servers: readonly VirtualServer[], isFrontend: (address: Address) => boolean): ServedTable {
  const frontends = new Map<FrontendKey, Served>();
  const nodePortAddresses = new Set<Address>();
  for (const each of servers) {
    const { protocol, address: ip, port: own } = each;
    const served = servedBy(each);
    if (!isFrontend(ip)) nodePortAddresses.add(ip);
    const key = frontendKeyOf(isFrontend(ip) ? ip : undefined, protocol, own);
    const known = frontends.get(key);
    // A NodePort is the same at all addresses. If it is not, both forms are shown.
    if (known === undefined) frontends.set(key, served);
    else if (JSON.stringify(known) !== JSON.stringify(served)) frontends.set(frontendKeyOf(ip, protocol, own), served);
  }
  const addresses = [...nodePortAddresses].sort(compareText);
  return {
    frontends,
    settings: {
      "local pods": undefined,
      "addresses of NodePorts": addresses.length === 0 ? undefined : addresses,
      scheduler: [...new Set(servers.map(({ scheduler }) => scheduler))].sort(compareText),
    },
  };
}

function servedBy({ persistence, servers }: VirtualServer): Served {
  const treatment: Treatment =
    servers.length === 0
      ? { kind: "refused" }
      : { kind: "balanced", endpoints: servers.toSorted(compareText), isMasqueraded: undefined };
  return {
    name: undefined,
    clients: { outside: treatment, "local pods": treatment, "this node": treatment },
    policy: undefined,
    affinity: persistence === undefined ? "none" : `${persistence} s`,
    sources: undefined,
    denied: undefined,
  };
}
