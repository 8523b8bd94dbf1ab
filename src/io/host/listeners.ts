import { readdirSync, readlinkSync } from "node:fs";
import type { Listening } from "../../ask/doctor/node/node-facts.ts";
import { addressFamily, isLoopback } from "../../model/address.ts";
import { ipv4Addresses, ipv6Addresses } from "./addresses.ts";
import { addressOfWords } from "./own-sockets.ts";
import { textOf } from "./text-of.ts";

export type Listeners = {
  readonly listening: Listening;
  /** The names of programs that run in this network namespace. */
  readonly programs: ReadonlySet<string>;
  /** The number of other network namespaces about which something is known. */
  readonly namespaces: number;
};

/** A network namespace: its addresses, and where programs listen, such as `tcp 80`, by address. */
type Sockets = { readonly addresses: ReadonlySet<string>; readonly places: ReadonlySet<string> };

/**
 * What programs listen on, in the network namespaces of all visible processes. With the node's PID namespace, these
 * include the pods'. An address that several namespaces have belongs to all of them.
 */
export function readListeners(proc = "/proc"): Listeners {
  const own = linkOf(`${proc}/self/ns/net`);
  const known = new Map<string, Sockets>();
  const programs = new Set<string>();
  for (const pid of readdirSync(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    const namespace = linkOf(`${proc}/${pid}/ns/net`);
    if (namespace === undefined) continue;
    if (namespace === own) programs.add(read(`${proc}/${pid}/comm`).trim());
    if (!known.has(namespace) && known.size < mostNamespaces) known.set(namespace, socketsOf(`${proc}/${pid}/net`));
  }
  const byAddress = new Map<string, Sockets[]>();
  for (const sockets of known.values()) {
    for (const address of sockets.addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), sockets]);
  }
  return {
    programs,
    namespaces: Math.max(0, known.size - 1),
    listening: (address, protocol, port) => {
      const all = byAddress.get(address);
      if (all === undefined || protocol === "sctp") return undefined;
      const any = addressFamily(address) === "ip" ? ["0.0.0.0", "::"] : ["::"];
      const has = (places: ReadonlySet<string>, at: string) => places.has(`${at} ${protocol} ${port}`);
      if (all.some(({ places }) => [address, ...any].some((at) => has(places, at)))) return "yes";
      const onLoopback = (place: string) =>
        isLoopback(place.split(" ", 1)[0] ?? "") && place.endsWith(` ${protocol} ${port}`);
      return all.some(({ places }) => [...places].some(onLoopback)) ? "loopback" : "no";
    },
  };
}

/** A node has hundreds of pods. */
const mostNamespaces = 2000;

function socketsOf(net: string): Sockets {
  const addresses = [...ipv4Addresses(read(`${net}/fib_trie`)), ...ipv6Addresses(read(`${net}/if_inet6`))];
  const places = (["tcp", "tcp6", "udp", "udp6"] as const).flatMap((file) =>
    Array.from(read(`${net}/${file}`).matchAll(listeningLine[file.startsWith("tcp") ? "tcp" : "udp"]), (found) => {
      const [, words = "", port = ""] = found;
      return `${addressOfWords(words)} ${file.slice(0, 3)} ${Number.parseInt(port, 16)}`;
    }),
  );
  return { addresses: new Set(addresses.filter((each) => !isLoopback(each))), places: new Set(places) };
}

/** TCP in the state LISTEN, UDP without a fixed peer. */
const listeningLine = {
  tcp: /^ *\d+: ([\dA-F]+):([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} 0A /gm,
  udp: /^ *\d+: ([\dA-F]+):([\dA-F]{4}) 0+:0000 /gm,
} as const;

/** Processes come and go, and some may not be examined. */
function read(file: string): string {
  return textOf(file) ?? "";
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}
