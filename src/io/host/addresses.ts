import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { type Address, address, addressOfBytes, isLoopback } from "../../model/address.ts";
import { systemClock } from "./clock.ts";
import { isShortage } from "./shortage.ts";

/**
 * The addresses that are local to this network namespace, unordered, without duplicates.
 *
 * They come from the kernel's own lists, so they include those of interfaces without a carrier, which
 * still receive packets, and which Node's list leaves out. While no file can be opened, the last known addresses are
 * returned: rules for too few addresses would remove NodePorts.
 */
export function hostAddresses(): readonly Address[] {
  try {
    lastRead = new Set(readAddresses());
  } catch (error) {
    if (lastRead === undefined) throw error;
  }
  return [...lastRead];
}

/** Whether an address is local to this network namespace, according to the last reading. */
export function isHostAddress(ip: Address): boolean {
  return isLoopback(ip) || lastRead?.has(ip) === true;
}

let lastRead: ReadonlySet<Address> | undefined;

/**
 * Calls back with the addresses whenever they change, until the signal is aborted.
 *
 * Node cannot receive notifications about addresses, so it polls every second. That takes 0.1 ms of processor time, and 6 ms
 * with 5000 routes: then it polls less often, to use at most 1/400 of the time.
 */
export async function watchHostAddresses(
  known: readonly Address[],
  onChange: (addresses: readonly Address[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let knownText = addressText(known);
  while (!signal.aborted) {
    const before = process.cpuUsage();
    const addresses = hostAddresses();
    const text = addressText(addresses);
    const { user, system } = process.cpuUsage(before);
    if (text !== knownText) onChange(addresses);
    knownText = text;
    await systemClock.sleep(Math.min(5000, Math.max(1000, (400 * (user + system)) / 1000)), signal);
  }
}

/** The IPv4 addresses in the kernel's tries of routes: the leaves that are local to this host. */
export function ipv4Addresses(fibTrie: string): readonly Address[] {
  const local = new Set<string>();
  let leaf = "";
  for (const [match, prefix] of fibTrie.matchAll(/\|-- (\S+)|\/32 host LOCAL/g)) {
    if (prefix !== undefined) leaf = prefix;
    else if (match !== "") local.add(leaf);
  }
  return [...local].flatMap(known);
}

/** The IPv6 addresses in the kernel's list, except unusable ones: tentative, or duplicates. */
export function ipv6Addresses(ifInet6: string): readonly Address[] {
  return ifInet6.split("\n").flatMap((line) => {
    const [hex = "", , , , flags = ""] = line.split(/\s+/);
    const isUsable = (Number.parseInt(flags, 16) & (tentative | duplicate)) === 0;
    if (!/^[0-9a-f]{32}$/.test(hex) || !isUsable) return [];
    return [addressOfBytes((hex.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)))];
  });
}

/** IFA_F_TENTATIVE and IFA_F_DADFAILED in linux/if_addr.h. */
const [tentative, duplicate] = [0x40, 0x08];

function addressText(addresses: readonly Address[]): string {
  return [...addresses].sort().join();
}

function readAddresses(): readonly Address[] {
  const [fibTrie, ifInet6] = [read("/proc/net/fib_trie"), read("/proc/net/if_inet6")];
  if (fibTrie === undefined) return interfaceAddresses();
  return [...ipv4Addresses(fibTrie), ...ipv6Addresses(ifInet6 ?? "")];
}

function interfaceAddresses(): readonly Address[] {
  return Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).flatMap((entry) => known(entry.address)),
  );
}

function known(text: string): readonly Address[] {
  const ip = address(text);
  return ip === undefined ? [] : [ip];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "latin1");
  } catch (error) {
    if (isShortage(error)) throw error;
    return undefined;
  }
}
