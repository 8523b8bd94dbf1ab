import { affinityMap } from "../../compile/lower/nftables/sets.ts";
import type { AffinityMemory } from "../../daemon/follow/affinity.ts";
import type { Family } from "../../model/address.ts";
import { type Protocol, protocols } from "../../model/port.ts";
import { clientReader, forgetRequest, mostForgotten } from "../../netlink/affinity.ts";
import { elementsRequest } from "../../netlink/element-dump.ts";
import { nameAndCount, setsRequest } from "../../netlink/layout-dump.ts";
import type { Message } from "../../netlink/message.ts";
import { isHostAddress } from "../host/addresses.ts";
import { systemClock } from "../host/clock.ts";
import { type Ask, NetlinkRefusal, type Tell, withNetlink } from "../netlink/netlink.ts";

/** The affinity maps of our tables in this network namespace. */
export const affinityMemory: AffinityMemory = {
  async forget(family, protocol, isStale, signal, most = Number.POSITIVE_INFINITY) {
    const map = affinityMap(protocol);
    const read = clientReader(family);
    const stale: Uint8Array[] = [];
    let clients = 0;
    let isWhole = true;
    const take = (message: Message) => {
      for (const client of read(message)) {
        clients += 1;
        if (isStale(client)) stale.push(client.key());
      }
      if (clients >= most) throw enough;
    };
    try {
      isWhole = await withNetlink((ask) => ask(elementsRequest(family, map), take), signal);
    } catch (error) {
      // Without sticky Services, there is no map.
      if (error !== enough && !isMissing(error)) throw error;
    }
    if (stale.length > 0) await withNetlink((_, tell) => forget(tell, family, map, stale), signal);
    return { clients, forgotten: stale.length, isWhole };
  },

  watchCounts(family, onCounts, signal) {
    return withNetlink(async (ask) => {
      while (!signal.aborted) {
        const counts = await readCounts(ask, family);
        if (counts.size === 0) return;
        let pause = countPause;
        for (const [protocol, count] of counts) {
          if (count !== undefined) continue;
          const began = systemClock.now();
          const { clients } = await affinityMemory.forget(family, protocol, () => false, signal);
          counts.set(protocol, clients);
          pause = Math.max(pause, slowPause, 50 * (systemClock.now() - began));
        }
        await onCounts(new Map([...counts].map(([protocol, count = 0]) => [protocol, count])));
        await systemClock.sleep(pause, signal);
      }
    }, signal);
  },

  hasAddress: isHostAddress,
};

/**
 * Deletes elements in transactions of bounded size. Clients that have gone meanwhile are not failures. The kernel deletes
 * by key, so a client that got another endpoint since the map was read loses it, and is balanced again.
 */
export async function forget(
  tell: Tell,
  family: Family,
  map: string,
  keys: readonly Uint8Array[],
  kind: "delete" | "destroy" = "destroy",
): Promise<void> {
  const most = mostForgotten[family];
  for (let first = 0; first < keys.length; first += most) {
    const part = keys.slice(first, first + most);
    const [errno] = await tell([forgetRequest(family, map, part, kind)]);
    if (errno === 0) continue;
    if (errno === unknown && kind === "destroy") return forget(tell, family, map, keys.slice(first), "delete");
    if (errno !== missing) throw new NetlinkRefusal(errno ?? missing);
    if (kind === "destroy") return;
    // One of them was missing, so none was deleted.
    const half = Math.ceil(part.length / 2);
    if (half === part.length) continue;
    await forget(tell, family, map, part.slice(0, half), kind);
    await forget(tell, family, map, part.slice(half), kind);
  }
}

/** How many clients each map has; undefined if the kernel does not say. */
async function readCounts(ask: Ask, family: Family): Promise<Map<Protocol, number | undefined>> {
  const counts = new Map<Protocol, number | undefined>();
  try {
    await ask(setsRequest(family), (message) => {
      const { name, count } = nameAndCount(message);
      const protocol = protocols.find((each) => affinityMap(each) === name);
      if (protocol !== undefined) counts.set(protocol, count);
    });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return counts;
}

function isMissing(error: unknown): boolean {
  return error instanceof NetlinkRefusal && error.errno === missing;
}

/** Aborts an answer. */
const enough = new Error("enough");

/** A hostile client can fill a map in seconds. */
const countPause = 500;

/** Kernels before 6.16 do not report the number of elements of a set, so all are read. */
const slowPause = 30_000;

/** ENOENT */
const missing = 2;

/** EINVAL: the kernel does not know such a message. */
const unknown = 22;
