import { affinityMap } from "../../compile/lower/sets.ts";
import type { AffinityMemory } from "../../daemon/follow/affinity.ts";
import type { Family } from "../../model/address.ts";
import { clientReader, forgetRequest, mostForgotten } from "../../netlink/affinity.ts";
import { elementsRequest } from "../../netlink/element-dump.ts";
import { isHostAddress } from "../host/addresses.ts";
import { NetlinkRefusal, type Tell, withNetlink } from "../netlink/netlink.ts";

/** The affinity maps of our tables in this network namespace. */
export const affinityMemory: AffinityMemory = {
  forget(family, protocol, isStale, signal) {
    const map = affinityMap(protocol);
    return withNetlink(async (ask, tell) => {
      const read = clientReader(family);
      const stale: Uint8Array[] = [];
      let clients = 0;
      let isWhole = true;
      try {
        isWhole = await ask(elementsRequest(family, map), (message) => {
          for (const client of read(message)) {
            clients += 1;
            if (isStale(client)) stale.push(client.key());
          }
        });
      } catch (error) {
        // Without sticky Services, there is no map.
        if (!(error instanceof NetlinkRefusal) || error.errno !== missing) throw error;
      }
      await forget(tell, family, map, stale);
      return { clients, forgotten: stale.length, isWhole };
    }, signal);
  },

  hasAddress: isHostAddress,
};

/**
 * Deletes elements in transactions of bounded length. Who has gone meanwhile is no failure. Who has another endpoint since
 * the map was read is forgotten once more, and balanced again: the kernel deletes by key.
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
    // One of them is missing, and so none was deleted.
    const half = Math.ceil(part.length / 2);
    if (half === part.length) continue;
    await forget(tell, family, map, part.slice(0, half), kind);
    await forget(tell, family, map, part.slice(half), kind);
  }
}

/** ENOENT */
const missing = 2;

/** EINVAL: the kernel does not know such a message. */
const unknown = 22;
