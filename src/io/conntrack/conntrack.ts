import type { Conntrack } from "../../daemon/follow/conntrack.ts";
import { inTurn } from "../../daemon/follow/in-turn.ts";
import type { Family } from "../../model/address.ts";
import type { Protocol } from "../../model/port.ts";
import { deleteRequest, type Flow, flowReader, flowsRequest } from "../../netlink/conntrack.ts";
import { ownSockets } from "../host/own-sockets.ts";
import { type Ask, askWhole, type Talker, withNetlink } from "../netlink/netlink.ts";

/** The kernel's connections in this network namespace. */
export function kernelConntrack(talk: Talker = withNetlink): Conntrack {
  return {
    deleteFlows(family, protocols, ownerOf, signal) {
      return talk(async (ask, tell) => {
        const flows: Partial<Record<Protocol, number>> = {};
        let deleted = 0;
        for (const protocol of protocols) {
          const { count, stale } = await findStale(ask, family, protocol, ownerOf);
          flows[protocol] = count;
          for (const errno of await tell(stale)) {
            if (errno === 0) deleted += 1;
            else if (errno !== gone) throw new Error(`the kernel refuses to delete a flow: errno ${errno}`);
          }
        }
        return { flows, deleted };
      }, signal);
    },

    ownSockets: () => ownSockets(),
  };
}

/** Deletes the stale flows: first those of DNS, on which everything else waits, and then one of each owner in turn. */
async function findStale(
  ask: Ask,
  family: Family,
  protocol: Protocol,
  ownerOf: (flow: Flow) => string | undefined,
): Promise<{ readonly count: number; readonly stale: readonly Uint8Array[] }> {
  let count = 0;
  const [dns, others] = [new Map<string, Uint8Array[]>(), new Map<string, Uint8Array[]>()];
  await askWhole(ask, flowsRequest(family, protocol), () => {
    const read = flowReader(protocol);
    for (const queues of [dns, others]) queues.clear();
    count = 0;
    return (message) => {
      const flow = read(message);
      if (flow === undefined) return;
      count += 1;
      const owner = ownerOf(flow);
      if (owner === undefined) return;
      const queues = flow.destinationPort === dnsPort ? dns : others;
      const queue = queues.get(owner) ?? [];
      queues.set(owner, queue);
      queue.push(deleteRequest(message, family));
    };
  });
  return { count, stale: [...inTurn(dns.values()), ...inTurn(others.values())] };
}

const dnsPort = 53;

/** ENOENT: it ended by itself. */
const gone = 2;
